import gzip
import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.errors import ColumnMissing, FileRejected
from service.records import RawRow, read_rows


def written(folder, name, content, encoding="utf-8"):
    file = folder / name
    data = content if isinstance(content, bytes) else content.encode(encoding)
    file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return file


def values(path, **options):
    return [dict(row.values) for row in read_rows(path, **options)]


TWO = [{"text": "No refund", "theme": "billing"}, {"text": "డబ్బులు రాలేదు", "theme": "refund"}]
CSV = "text,theme\nNo refund,billing\nడబ్బులు రాలేదు,refund\n"
LINES = "".join(json.dumps(row) + "\n" for row in TWO)


@pytest.mark.parametrize(
    ("name", "content", "encoding"),
    [
        ("a.csv", CSV, "utf-8"),
        ("a.CSV", CSV, "utf-8-sig"),
        ("a.csv", CSV, "utf-16"),
        ("a.csv", CSV.replace("\n", "\r\n"), "utf-8"),
        ("a.csv", CSV.replace("\n", "\r"), "utf-8"),
        ("a.csv", CSV.replace(",", ";"), "utf-8"),
        ("a.csv", "sep=;\n" + CSV.replace(",", ";"), "utf-8"),
        ("a.csv", CSV.replace(",", "|"), "utf-8"),
        ("a.tsv", CSV.replace(",", "\t"), "utf-8"),
        ("a.csv", " Text ,THEME\n" + CSV.partition("\n")[2], "utf-8"),
        ("a.csv.gz", CSV, "utf-8"),
        ("a.jsonl", LINES, "utf-8"),
        ("a.jsonl", LINES, "utf-8-sig"),
        ("a.ndjson.gz", LINES + "\n\n", "utf-8"),
        ("a.json", json.dumps(TWO, indent=1, ensure_ascii=False), "utf-8"),
    ],
)
def test_every_text_format_gives_the_same_rows(tmp_path, name, content, encoding):
    assert values(written(tmp_path, name, content, encoding)) == TWO


def test_another_encoding_is_read_when_named(tmp_path):
    file = written(tmp_path, "a.csv", "text\nSeñal débil\n", "cp1252")
    assert values(file, encoding="cp1252") == [{"text": "Señal débil"}]


def test_parquet_gives_typed_values_and_row_numbers(tmp_path):
    file = tmp_path / "a.parquet"
    moment = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    table = pa.table(
        {
            "body": pa.array(["a", None, "c"], pa.large_string()),
            "theme": pa.array(["x", "y", "x"]).dictionary_encode(),
            "received_at": pa.array([1, None, moment.timestamp() * 1e9], pa.float64())
            .cast(pa.int64())
            .cast(pa.timestamp("ns", tz="UTC")),
            "unused": [[1], [2], [3]],
        }
    )
    pq.write_table(table, file)
    rows = list(read_rows(file, columns={"text": "body"}))
    assert [row.line for row in rows] == [1, 2, 3]
    assert [row.values["text"] for row in rows] == ["a", None, "c"]
    assert rows[2].values == {"text": "c", "theme": "x", "received_at": moment}
    assert type(rows[2].values["received_at"]) is datetime


def test_parquet_of_many_batches_keeps_counting(tmp_path):
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": [str(i) for i in range(10_000)]}), file)
    assert [(row.line, row.values["text"]) for row in read_rows(file)][9_000] == (9_001, "9000")


def test_a_directory_is_read_in_name_order(tmp_path):
    written(tmp_path, "b.jsonl", '{"text": "second"}\n')
    written(tmp_path, "a.csv", "text\nfirst\n")
    pq.write_table(pa.table({"text": ["third"]}), tmp_path / "c.parquet")
    written(tmp_path, "README.md", "not data")
    written(tmp_path, ".hidden.csv", "text\nno\n")
    rows = list(read_rows(tmp_path))
    assert [(row.file.name, row.values["text"]) for row in rows] == [
        ("a.csv", "first"),
        ("b.jsonl", "second"),
        ("c.parquet", "third"),
    ]


def test_lines_count_quoted_line_ends(tmp_path):
    file = written(tmp_path, "a.csv", 'text,theme\n"one\ntwo\nthree",x\n\nlast,y\n')
    assert [(row.line, row.values["text"]) for row in read_rows(file)] == [
        (2, "one\ntwo\nthree"),
        (6, "last"),
    ]


def test_mapped_and_left_out_columns(tmp_path):
    file = written(tmp_path, "a.csv", "body,label,theme,language\nhello,x,y,English\n")
    columns = {"text": "body", "theme": "label", "language": ""}
    assert values(file, columns=columns) == [{"text": "hello", "theme": "x"}]


def test_a_field_larger_than_the_csv_module_expects(tmp_path):
    file = written(tmp_path, "a.csv", "text\n" + "x" * 300_000 + "\n")
    assert len(values(file)[0]["text"]) == 300_000


def test_a_row_with_too_many_fields_is_one_bad_row(tmp_path):
    file = written(tmp_path, "a.csv", "text,theme\na,b,c\nd,e\nf\n")
    bad, good, short = read_rows(file)
    assert (bad.line, dict(bad.values)) == (2, {})
    assert "3 fields where the header has 2" in bad.fault
    assert good == RawRow(file, 3, {"text": "d", "theme": "e"})
    assert dict(short.values) == {"text": "f"}


def test_a_quotation_mark_never_closed_says_which_lines_are_lost(tmp_path):
    file = written(tmp_path, "a.csv", 'text\nfine\n"open\nlost\nlost too\n')
    good, bad = read_rows(file)
    assert good.fault is None
    assert bad.line == 3
    assert "never closed: lines 3 to 5" in bad.fault


def test_stray_quotation_marks_are_one_bad_row(tmp_path):
    file = written(tmp_path, "a.csv", 'text,theme\n"he said "no" to me",x\nfine,y\n')
    bad, good = read_rows(file)
    assert (bad.line, good.line) == (2, 3)
    assert "quotation mark" in bad.fault


def test_a_malformed_json_line_is_one_bad_row(tmp_path):
    lines = [
        '{"text": "a"}',
        '{"text": ',
        "[1]",
        "[" * 100_000,
        '{"text": "b"}',
        '{"text": ' + "9" * 5000 + "}",
    ]
    file = written(tmp_path, "a.jsonl", "\n".join(lines))
    rows = list(read_rows(file))
    assert [(row.line, row.fault is None) for row in rows] == [
        (1, True), (2, False), (3, False), (4, False), (5, True), (6, False),
    ]  # fmt: skip
    assert "not JSON" in rows[1].fault


def test_columns_of_json_lines_may_start_late(tmp_path):
    file = written(tmp_path, "a.jsonl", '{"text": "a"}\n{"text": "b", "label": "x"}\n')
    assert values(file, columns={"theme": "label"}) == [{"text": "a"}, {"text": "b", "theme": "x"}]


def test_array_rows_know_their_lines(tmp_path):
    file = written(tmp_path, "a.json", '[\n{"text": "a"},\n\n{"text":\n"b"}, 7\n]')
    assert [(row.line, row.fault is None) for row in read_rows(file)] == [(2, True), (4, True), (5, False)]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "\ufeff  \n", "no header|is empty"),
        ("a.csv", "text,theme\n", "no rows"),
        ("a.csv", "text,text\na,b\n", "2 columns named 'text'"),
        ("a.jsonl", "\n\n", "is empty"),
        ("a.jsonl", "nonsense\n", "none of its first 1 rows"),
        ("a.json", '{"text": "a"}', "not a JSON array"),
        ("a.json", '[{"text": "a"}, {"text": }]', "line 1"),
        ("a.json", '[{"text": "a"}', "ends inside"),
        ("a.json", "[]", "no rows"),
        ("a.xlsx", "x", r"ending Firyad cannot read.*\.csv"),
        ("a.parquet", "text\n", "not a Parquet file"),
        ("a.parquet", "", "not a Parquet file"),
        ("a.csv", "text\na\n".encode("utf-16-le"), "--encoding utf-16-le"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, name, content, says):
    file = written(tmp_path, name, content)
    with pytest.raises(FileRejected, match=says) as caught:
        list(read_rows(file))
    assert str(file) in str(caught.value)


def test_a_path_that_is_not_there_is_refused_at_once(tmp_path):
    with pytest.raises(FileRejected, match="does not exist"):
        read_rows(tmp_path / "absent.csv")
    with pytest.raises(FileRejected, match="holds no data file"):
        read_rows(tmp_path)


@pytest.mark.parametrize("rows_before", [0, 40_000])
def test_a_wrong_encoding_names_line_and_byte(tmp_path, rows_before):
    before = b"text\n" + "añb\n".encode() * rows_before
    file = written(tmp_path, "a.csv", before + b"caf\xe9 cerrado\nx\n")
    message = rf"line {rows_before + 2}, byte offset {len(before) + 3}.*UTF-8 or pass --encoding cp1252"
    with pytest.raises(FileRejected, match=message):
        list(read_rows(file))


def test_an_unknown_encoding_is_refused(tmp_path):
    with pytest.raises(FileRejected, match="no encoding 'utf-99'"):
        list(read_rows(written(tmp_path, "a.csv", "text\na\n"), encoding="utf-99"))


@pytest.mark.parametrize("damage", ["cut", "other"])
def test_a_damaged_gzip_file_is_refused(tmp_path, damage):
    file = tmp_path / "a.csv.gz"
    packed = gzip.compress(b"text\n" + bytes(range(33, 120)) * 500)
    file.write_bytes(packed[: len(packed) // 2] if damage == "cut" else b"text\nplain\n")
    with pytest.raises(FileRejected, match="gzip"):
        list(read_rows(file))


def test_no_text_column_lists_the_columns_and_the_way_out(tmp_path):
    file = written(tmp_path, "a.csv", "body,label\na,b\n")
    with pytest.raises(ColumnMissing, match=r"body, label.*--column text=NAME"):
        list(read_rows(file))
    with pytest.raises(ColumnMissing, match=r"no column 'topic'.*theme=topic.*body, label"):
        list(read_rows(file, columns={"text": "body", "theme": "topic"}))
    parquet = tmp_path / "a.parquet"
    pq.write_table(pa.table({"body": [date(2026, 1, 1)]}), parquet)
    with pytest.raises(ColumnMissing, match=r"body.*--column text=NAME"):
        list(read_rows(parquet))


def test_an_unknown_canonical_name_suggests_the_nearest(tmp_path):
    with pytest.raises(ColumnMissing, match=r"'teme'.*Did you mean 'theme'\?"):
        read_rows(written(tmp_path, "a.csv", "text\na\n"), columns={"teme": "label"})

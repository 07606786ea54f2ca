"""Bad rows are told by reason, the commonest first, and written whole."""

import json
from pathlib import Path

from service.records import BadRow
from service.records.bad_rows import SHOWN_REASONS, summary_lines, write_bad_rows

FILE = Path("somewhere/history.csv")


def bad(line: int, column: str | None, reason: str) -> BadRow:
    return BadRow(FILE, line, column, reason)


def test_rows_with_one_reason_share_a_line_with_the_first_places() -> None:
    rows = [bad(9, None, "too many fields"), *(bad(line, "text", "it is empty") for line in (3, 4, 5, 6, 7))]

    assert list(summary_lines(rows)) == [
        "history.csv:3, history.csv:4, history.csv:5 and 2 more: text: it is empty",
        "history.csv:9: too many fields",
    ]


def test_many_reasons_are_counted_and_none_is_hidden() -> None:
    rows = [bad(line, "theme", f"{line} is unknown") for line in range(1, SHOWN_REASONS + 4)]

    lines = list(summary_lines(rows))

    assert len(lines) == SHOWN_REASONS + 1
    assert lines[-1] == "... and 3 rows for 3 other reasons"


def test_every_bad_row_is_written_as_a_line_of_json(tmp_path: Path) -> None:
    path = tmp_path / "new" / "bad_rows.jsonl"

    write_bad_rows([bad(3, "text", "ఖాళీ"), bad(4, None, "not JSON")], path)

    assert [json.loads(line) for line in path.read_text("utf-8").splitlines()] == [
        {"file": "history.csv", "line": 3, "column": "text", "reason": "ఖాళీ"},
        {"file": "history.csv", "line": 4, "column": None, "reason": "not JSON"},
    ]

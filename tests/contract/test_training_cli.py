"""`firyad train` says what is wrong and what to do next: exit code 2, one message, no traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("datasketch", reason="needs the training extra: pip install firyad[training]")

from service import cli

pytestmark = pytest.mark.training

TAXONOMY = """
version: 1
languages: [en]
default_owner: desk
owners: {desk: {name: Front desk}}
kinds: [complaint]
sentiments: [negative, positive]
urgencies: {normal: {guide: Any}}
channels: {default: {respond_within_minutes: 60}}
themes: [{id: billing, name: {en: Billing}}, {id: delivery, name: {en: Delivery}}]
"""

Refused = Callable[..., str]


def rows(theme: str = "billing", count: int = 30) -> str:
    return "text,theme,date\n" + "".join(
        f"complaint number {row},{theme},2026-01-05\n" for row in range(count)
    )


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs `firyad train` where it must refuse, and gives what it said."""
    (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, "utf-8")

    def run(data: str | bytes | Path, *options: str) -> str:
        path = data if isinstance(data, Path) else tmp_path / "rows.csv"
        if isinstance(data, str):
            path.write_text(data, "utf-8")
        elif isinstance(data, bytes):
            path.write_bytes(data)
        places = ["--models-dir", str(tmp_path / "models"), "--data-dir", str(tmp_path)]
        monkeypatch.setattr(sys, "argv", ["firyad", "train", "--data", str(path), *places, *options])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr().err
        assert ended.value.code == 2
        assert said.startswith("firyad: ")
        assert "Traceback" not in said
        assert not list((tmp_path / "models").glob("*")), "nothing is published"
        return " ".join(said.split())

    return run


def test_a_missing_file(refused: Refused, tmp_path: Path) -> None:
    said = refused(tmp_path / "absent.csv")
    assert "file-rejected: " in said
    assert "absent.csv does not exist. Check the path" in said


def test_another_format(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "letter.docx").write_bytes(b"PK")
    assert "Give a file ending in .csv" in refused(tmp_path / "letter.docx")


def test_a_directory_without_data(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert "holds no data file. Put files ending in" in refused(tmp_path / "nothing")


@pytest.mark.parametrize("data", ["", "\n\n", "text,theme\n"])
def test_an_empty_file(refused: Refused, data: str) -> None:
    said = refused(data)
    assert "file-rejected: " in said
    assert "Give a file with at least one complaint" in said


def test_a_file_without_texts_lists_its_columns(refused: Refused) -> None:
    said = refused("body,label\nlate,delivery\n")
    assert "column-missing: " in said
    assert "Its columns: body, label." in said
    assert "--column text=NAME" in said


def test_a_mapped_column_that_is_missing_lists_the_columns(refused: Refused) -> None:
    said = refused(rows(), "--column", "received_at=arrived")
    assert "no column 'arrived' (asked for as received_at=arrived)" in said
    assert "Its columns: text, theme, date." in said


def test_a_mapping_that_is_none(refused: Refused) -> None:
    assert "Write, for example, --column theme=category" in refused(rows(), "--column", "theme")


def test_a_mapping_of_a_column_nobody_knows(refused: Refused) -> None:
    said = refused(rows(), "--column", "sentimant=theme")
    assert "Did you mean 'sentiment'?" in said


def test_a_column_mapped_twice(refused: Refused) -> None:
    said = refused(rows(), "--column", "theme=theme", "--column", "theme=date")
    assert "--column names 'theme' twice. Give one column for it." in said


def test_another_encoding(refused: Refused) -> None:
    said = refused("text,theme\nEl envío llegó tarde,delivery\n".encode("cp1252"))
    assert "not utf-8: it cannot be decoded at line 2" in said
    assert "pass --encoding cp1252" in said


def test_an_encoding_that_does_not_exist(refused: Refused) -> None:
    assert "There is no encoding 'utf-9'. Pass --encoding" in refused(rows(), "--encoding", "utf-9")


def test_unknown_themes_that_leave_too_few_rows(refused: Refused) -> None:
    said = refused(rows(count=10) + rows("bililng", count=8).partition("\n")[2])
    assert "too-few-rows: " in said
    assert "10 usable rows and 8 bad ones; training needs 20." in said
    assert "line 12: 'bililng' is not a known theme; did you mean 'billing'?" in said


def test_all_rows_bad(refused: Refused) -> None:
    said = refused("text,theme\n" + " ,billing\n" * 30)
    assert "0 usable rows and 30 bad ones" in said
    assert "line 2: the text holds only white space" in said


def test_a_taxonomy_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    said = refused(rows(), "--taxonomy", str(tmp_path / "none.yaml"))
    assert "taxonomy-rejected: There is no taxonomy at" in said


def test_a_directory_for_models_that_cannot_be_made(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    said = refused(rows(), "--models-dir", str(tmp_path / "file" / "models"))
    assert "cannot be made (Not a directory). Name another directory with --models-dir." in said


def test_the_script_itself_ends_with_one_message_and_no_traceback(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("firyad")), "train", "--data", "absent.csv"]
    ended = subprocess.run(
        [*command, "--models-dir", str(tmp_path), "--data-dir", str(Path(__file__).parents[2] / "data")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=tmp_path,
    )
    assert ended.returncode == 2
    assert "absent.csv does not exist" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout

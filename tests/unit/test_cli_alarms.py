from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from service import cli

Ran = tuple[int, str, str]


@pytest.fixture
def firyad(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Runs the command line in this process: exit code, output, errors."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["firyad", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out, told.err

    return run


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    path = tmp_path / "counts.csv"
    weeks = [f"late,2026-W{week},{90 if week == 46 else 4 + week % 3}" for week in range(20, 47)]
    path.write_text("\n".join(["theme,week,count", *weeks]) + "\n", "utf-8")
    return path


def test_alarms_of_a_file_are_written_and_told(
    firyad: Callable[..., Ran], counts: Path, tmp_path: Path
) -> None:
    out = tmp_path / "alarms.csv"
    code, told, _ = firyad("alarms", "--counts", str(counts), "--last", "2", "--out", str(out))
    assert code == 0
    assert "1 alarms among 2 theme-weeks of 1 families" in told
    quiet, loud = out.read_text("utf-8").splitlines()[1:]
    assert quiet.startswith(",late,2026-W45,")
    assert loud.startswith(",late,2026-W46,90,")
    assert ",true," in loud
    assert ",false," in quiet


def test_a_stricter_rate_is_kept(firyad: Callable[..., Ran], counts: Path, tmp_path: Path) -> None:
    given = ("alarms", "--counts", str(counts), "--last", "1", "--out", str(tmp_path / "a.csv"))
    assert "0 alarms among 1" in firyad(*given, "--q", "1e-30")[1]


def test_a_bad_row_is_one_plain_message_and_exit_2(
    firyad: Callable[..., Ran], counts: Path, tmp_path: Path
) -> None:
    counts.write_text(counts.read_text("utf-8") + "late,2026-W47,many\n", "utf-8")
    code, _, told = firyad("alarms", "--counts", str(counts), "--last", "2", "--out", str(tmp_path / "a.csv"))
    assert code == 2
    assert told.startswith("firyad: counts-rejected: counts.csv line 29, column count: 'many' is no whole")
    assert not (tmp_path / "a.csv").exists()

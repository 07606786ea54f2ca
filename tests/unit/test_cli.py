from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from fakes import DATA, NOON, ROWS, TWICE, message, point_current, tiny_model, write_model, write_onnx_encoder

from service import cli
from service.classify.pipeline import Classifier
from service.intake import Incoming, Intake
from service.store import open_store
from service.values import Week

WEEK = Week.of(NOON)


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def firyad(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs the command line in this process, in an empty directory with the project's data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIRYAD_DATA_DIR", str(DATA))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["firyad", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return Ran(int(ended.value.code or 0), told.out, told.err)

    return run


@pytest.fixture
def current_model(tmp_path: Path) -> Path:
    """A whole model on disk, behind models/current."""
    pytest.importorskip("onnx", reason="makes a small graph with onnx, of the training extra")
    point_current(
        tmp_path / "models",
        write_model(tmp_path / "models/tiny-1", tiny_model(), encoder=write_onnx_encoder).name,
    )
    return tmp_path / "models"


def history(directory: Path, *lines: str) -> Path:
    path = directory / "history.csv"
    path.write_text("\n".join(("text,date,channel", *lines)) + "\n", "utf-8")
    return path


def test_help_names_every_command(firyad: Run) -> None:
    told = firyad("--help")
    assert told.code == 0
    for command in ("serve", "classify", "report", "train", "encoder"):
        assert f" {command} " in told.out


@pytest.mark.parametrize("command", ["serve", "classify", "report"])
def test_every_option_is_explained(firyad: Run, command: str) -> None:
    told = firyad(command, "--help")
    assert told.code == 0
    assert "--" in told.out


def test_an_unknown_command_or_option_is_wrong_usage(firyad: Run) -> None:
    assert firyad("clasify").code == 2
    assert firyad("report", "--weak", "2026-W46").code == 2


@pytest.mark.parametrize("week", ["2019-W99", "last", "2026-46", "9999-W01"])
def test_a_week_that_is_none_is_one_plain_message_and_exit_2(firyad: Run, week: str) -> None:
    told = firyad("report", "--week", week)
    assert told.code == 2
    assert told.err.startswith(f"firyad: week-rejected: {week!r} is not")
    assert "Traceback" not in told.err
    assert told.out == ""


@pytest.mark.parametrize("command", [("report",), ("classify", "--data", "x.csv"), ("serve",)])
def test_an_unknown_variable_is_refused(
    firyad: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("FIRYAD_PROT", "80")
    told = firyad(*command)
    assert (told.code, "No such setting: FIRYAD_PROT" in told.err) == (2, True)


def test_a_variable_out_of_range_is_refused(firyad: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRYAD_LOG_LEVEL", "LOUD")
    told = firyad("serve")
    assert (told.code, "FIRYAD_LOG_LEVEL is 'LOUD'" in told.err) == (2, True)


def test_a_database_that_cannot_be_opened_is_told(firyad: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRYAD_DATABASE_URL", "sqlite:///no/such/directory/firyad.db")
    told = firyad("report")
    assert (told.code, "store-unavailable" in told.err) == (2, True)


def test_classify_without_the_file_says_so(firyad: Run) -> None:
    told = firyad("classify", "--data", "history.csv")
    assert told.code == 2
    assert told.err.startswith("firyad: file-rejected: history.csv does not exist.")


def test_classify_without_a_model_says_how_to_get_one(firyad: Run, tmp_path: Path) -> None:
    told = firyad("classify", "--data", str(history(tmp_path, "Charged twice,2026-11-18,")))
    assert told.code == 2
    assert "firyad: model-missing: There is no model at" in told.err
    assert "make train" in told.err


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--column", "date"), "column-missing"),
        (("--column", "wann=date"), "column-missing"),
        (("--received-at", "soon"), "setting-rejected"),
        (("--encoding", "klingon"), "file-rejected"),
    ],
)
@pytest.mark.usefixtures("current_model")
def test_classify_refuses_wrong_options(
    firyad: Run, tmp_path: Path, options: tuple[str, ...], code: str
) -> None:
    told = firyad("classify", "--data", str(history(tmp_path, "Charged twice,2026-11-18,")), *options)
    assert (told.code, told.err.split(":")[1].strip()) == (2, code)
    assert "Traceback" not in told.err


@pytest.mark.usefixtures("current_model")
def test_a_file_is_classified_then_reported(firyad: Run, tmp_path: Path) -> None:
    lines = [f"{row.text.replace(',', ' ')},2026-11-{9 + n % 5:02d}," for n, row in enumerate(ROWS)]
    data = history(tmp_path, *lines, "Charged twice,someday,", "Charged twice,2026-11-11,pigeon")
    told = firyad("classify", "--data", str(data), "--column", "received_at=date")
    assert told.code == 0
    assert f"{len(ROWS)} complaints stored." in told.out
    assert "firyad report --week 2026-W46" in told.out
    assert "2 rows were not stored" in told.out
    assert f"history.csv:{len(ROWS) + 2}: received_at: 'someday' is no date" in told.out
    assert f"history.csv:{len(ROWS) + 3}: channel: 'pigeon' is not in the taxonomy" in told.out

    again = firyad("classify", "--data", str(data), "--column", "received_at=date")
    assert again.code == 0

    told = firyad("report", "--week", "2026-W46")
    assert told.code == 0
    *paths, alarms = told.out.splitlines()
    assert [Path(line).name for line in paths] == [
        f"2026-W46.{kind}" for kind in ("html", "md", "json", "csv")
    ]
    assert alarms.startswith("No alarms yet: there is no week before this one")
    report = json.loads((tmp_path / "reports/2026-W46.json").read_text("utf-8"))
    assert report["total"]["count"] == len(ROWS)


@pytest.mark.usefixtures("current_model")
def test_a_file_that_cannot_be_read_on_leaves_its_summary_and_can_be_run_again(
    firyad: Run, tmp_path: Path
) -> None:
    lines = [
        json.dumps({"text": f"{ROWS[n % len(ROWS)].text} {n}", "received_at": "2026-11-11"}).encode()
        for n in range(300)
    ]
    lines[4] = b'{"text": "", "received_at": "2026-11-11"}'
    data = tmp_path / "history.jsonl"
    # Far behind: a text file is decoded by the block.
    padding = json.dumps({"text": "Charged twice " * 1000, "received_at": "2026-11-11"}).encode()
    data.write_bytes(b"\n".join([*lines, padding, b'{"text": "caf\xe9"}', *lines]))
    told = firyad("classify", "--data", str(data))
    assert told.code == 2
    assert "255 complaints stored." in told.out
    assert "1 rows were not stored" in told.out
    assert "Stopped before the end. What was stored stays" in told.out
    assert told.err.startswith("firyad: file-rejected:")
    assert "at line 302" in told.err
    (bad,) = (tmp_path / "reports/bad_rows-history.jsonl").read_text("utf-8").splitlines()
    assert json.loads(bad)["line"] == 5

    data.write_bytes(b"\n".join(lines))
    told = firyad("classify", "--data", str(data))
    assert (told.code, "299 complaints stored." in told.out) == (0, True)
    store = open_store(f"sqlite:///{tmp_path / 'firyad.db'}")
    assert store.count() == 299
    store.close()


@pytest.mark.usefixtures("current_model")
def test_rows_that_repeat_an_external_id_are_told(
    firyad: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    data = tmp_path / "history.csv"
    rows = [f"Charged twice {n},2026-11-11,Z-{n % 2}" for n in range(5)]
    data.write_text("\n".join(("text,received_at,external_id", *rows)), "utf-8")
    told = firyad("classify", "--data", str(data))
    assert "2 complaints stored.\n3 rows repeated an external_id" in told.out
    assert "most in 2026-W46 (2). Next: firyad report --week 2026-W46\n" in told.out


def test_a_report_needs_no_model(firyad: Run, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'firyad.db'}")
    Intake(Classifier(tiny_model()), store).take([Incoming(message(row.text)) for row in ROWS])
    store.close()
    told = firyad("report", "--week", str(WEEK))
    assert told.code == 0
    written = (tmp_path / f"reports/{WEEK}.md").read_text("utf-8")
    assert tiny_model().taxonomy.name(TWICE) in written


def test_a_report_of_an_empty_store_is_written(firyad: Run, tmp_path: Path) -> None:
    assert firyad("report").code == 0
    assert len(list((tmp_path / "reports").iterdir())) == 4

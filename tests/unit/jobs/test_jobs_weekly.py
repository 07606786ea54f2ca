from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from fakes import NOON, ROWS, message, taxonomy

from service.errors import FileRejected
from service.intake import Incoming, Intake
from service.jobs import weekly
from service.store import SqlStore
from service.values import Week

WEEK = Week.of(NOON)


@pytest.fixture(autouse=True)
def complaints(intake: Intake) -> None:
    intake.take([Incoming(message(row.text)) for row in ROWS])


def write(store: SqlStore, directory: Path) -> list[Path]:
    _, paths = weekly.run(
        WEEK, store=store, taxonomy=taxonomy(), reports_dir=directory, generated_at=NOON + timedelta(days=7)
    )
    return paths


def test_four_files_are_written_for_the_week(store: SqlStore, tmp_path: Path) -> None:
    paths = write(store, tmp_path / "new" / "reports")
    assert sorted(path.name for path in paths) == [f"{WEEK}.{kind}" for kind in ("csv", "html", "json", "md")]
    texts = {path.suffix: path.read_text("utf-8") for path in paths}
    assert json.loads(texts[".json"])["total"]["count"] == len(ROWS)
    for suffix in (".html", ".md"):
        assert "Charged twice" in texts[suffix]
        assert str(WEEK) in texts[suffix]


def test_a_rerun_writes_the_same(store: SqlStore, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write(store, tmp_path)]
    assert [path.read_bytes() for path in write(store, tmp_path)] == first


def test_a_directory_that_cannot_be_written_is_told(store: SqlStore, tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file", "utf-8")
    with pytest.raises(FileRejected, match="FIRYAD_REPORTS_DIR"):
        write(store, tmp_path / "reports")

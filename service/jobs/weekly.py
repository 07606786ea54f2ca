"""The weekly job: one week's numbers from the store to the report's files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from service.errors import FileRejected
from service.reports import TaxonomyView, WeeklyReport, build_report, write
from service.store import ComplaintStore
from service.values import Week


def run(
    week: Week, *, store: ComplaintStore, taxonomy: TaxonomyView, reports_dir: Path, generated_at: datetime
) -> tuple[WeeklyReport, list[Path]]:
    """The report and its files: HTML, Markdown, JSON and CSV. A rerun makes the same but for the time.

    Raises: StoreUnavailable, FileRejected where the directory cannot be written."""
    report = build_report(week, store=store, taxonomy=taxonomy, generated_at=generated_at)
    try:
        return report, write(report, reports_dir)
    except OSError as error:
        raise FileRejected(
            f"Cannot write the report to {reports_dir}: {error.strerror}. Free it, or set FIRYAD_REPORTS_DIR."
        ) from error

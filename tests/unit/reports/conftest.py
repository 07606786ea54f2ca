"""A small taxonomy, an empty store, and a way to put complaints into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.reports import WeeklyReport, build_report
from service.store import NewComplaint, SqlStore, open_store
from service.values import Classification, Label, Language, Week

WEEK = Week(2026, 46)


class SmallTaxonomy:
    names = {  # noqa: RUF012
        "billing": "Billing",
        "billing.double_charge": "Charged twice",
        "billing.refund": "Refund",
        "delivery": "Delivery",
    }

    def name(self, theme_id: str, language: str = "en") -> str:
        return self.names[theme_id]

    def parent(self, theme_id: str) -> str | None:
        return {"billing.double_charge": "billing", "billing.refund": "billing"}.get(theme_id)

    def owner_name(self, owner_id: str) -> str:
        return {"finance": "Finance team"}[owner_id]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = open_store(f"sqlite:///{tmp_path / 'firyad.db'}")
    yield store
    store.close()


@pytest.fixture
def complain(store: SqlStore) -> Callable[..., str]:
    """Stores one complaint and returns its id."""

    def add(
        text: str = "Charged twice.",
        *,
        theme: str | None = "billing.double_charge",
        week: Week = WEEK,
        day: int = 0,
        probability: float = 0.9,
        urgency: str | None = "normal",
        kind: str | None = None,
        owner: str = "finance",
        language: str = "en",
        channel: str = "email",
        model: str = "m1",
    ) -> str:
        labels = {"theme": Label(theme, probability)} if theme else {}
        if urgency:
            labels["urgency"] = Label(urgency, 0.8)
        if kind:
            labels["kind"] = Label(kind, 0.8)
        said = Classification(Language(language, 0.9), labels, owner, "theme", week.end, model, 3)
        (complaint_id,) = store.add(
            [NewComplaint(week.start + timedelta(days=day), text, said, channel=channel)]
        )
        return complaint_id

    return add


@pytest.fixture
def report(store: SqlStore) -> Callable[..., WeeklyReport]:
    """Builds the report of a week, made on the Monday after W46 unless told otherwise."""

    def build(
        week: Week = WEEK, *, generated_at: datetime = datetime(2026, 11, 16, 6, tzinfo=UTC), weeks: int = 12
    ) -> WeeklyReport:
        return build_report(
            week, store=store, taxonomy=SmallTaxonomy(), generated_at=generated_at, weeks_of_history=weeks
        )

    return build

"""A small taxonomy, an empty store, and a way to put complaints into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

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


def complaint(
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
    product: str | None = None,
    region: str | None = None,
    model: str = "m1",
) -> NewComplaint:
    labels = {"theme": Label(theme, probability)} if theme else {}
    if urgency:
        labels["urgency"] = Label(urgency, 0.8)
    if kind:
        labels["kind"] = Label(kind, 0.8)
    said = Classification(Language(language, 0.9), labels, owner, "theme", week.end, model, 3)
    received_at = week.start + timedelta(days=day)
    return NewComplaint(received_at, text, said, channel=channel, product=product, region=region)


@pytest.fixture
def complain(store: SqlStore) -> Callable[..., str]:
    """Stores one complaint and returns its id."""

    def add(*args: Any, **fields: Any) -> str:
        (complaint_id,) = store.add([complaint(*args, **fields)])
        return complaint_id

    return add


@pytest.fixture
def past(store: SqlStore) -> Callable[..., None]:
    """Stores, for some weeks before W46 and for it, so many complaints of each theme; `more` joins them."""

    def fill(weeks: int = 30, *, more: Sequence[NewComplaint] = (), **fields: Any) -> None:
        usual = {"billing.double_charge": 6, "billing.refund": 5, "delivery": 7, None: 3}
        store.add(
            [
                complaint(
                    f"{theme} {back} {n}",
                    theme=theme,
                    week=WEEK.plus(-back),
                    language="te" if n % 3 == 0 else "en",
                    channel="social" if n % 2 else "email",
                    **fields,
                )
                for back in range(weeks + 1)
                for theme, count in usual.items()
                for n in range(count + (back * 7 + count) % 3 - 1)
            ]
            + list(more)
        )

    return fill


@pytest.fixture
def rise() -> list[NewComplaint]:
    """Twenty-five more charged twice in W46, all in Telugu and in one region."""
    return [
        complaint(
            f"రెండుసార్లు డబ్బు కట్ అయింది {n}",
            language="te",
            channel="social" if n % 2 else "email",
            region="TS",
            urgency="critical" if n < 2 else "high",
        )
        for n in range(25)
    ]


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

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakes import NOON, ROWS, TWICE

from service.errors import FileRejected, StoreUnavailable
from service.intake import Incoming, Intake, Taken
from service.jobs.backfill import CHUNK, BackfillSummary, backfill
from service.records import RawRow, read_rows
from service.store import SqlStore
from service.values import Week

FILE = Path("history.csv")


def rows(*given: dict[str, object]) -> list[RawRow]:
    return [RawRow(FILE, line, values) for line, values in enumerate(given, start=2)]


def row(text: str = "I was charged twice for one order", **values: object) -> dict[str, object]:
    return {"text": text, "received_at": "2026-11-18"} | values


def run(intake: Intake, given: Iterable[RawRow], **options: Any) -> BackfillSummary:
    return backfill(given, intake, **options)


def bad(summary: BackfillSummary) -> list[tuple[int, str | None]]:
    return [(one.line, one.column) for one in summary.bad_rows]


def test_a_file_is_stored_with_its_dates_and_classified(
    intake: Intake, store: SqlStore, tmp_path: Path
) -> None:
    file = tmp_path / "history.csv"
    file.write_text(
        "text,received_at,channel,product,external_id\n"
        "I was charged twice for one order,2026-11-10T09:00:00+05:30,social,Card,Z-1\n"
        "मेरो पार्सल अझै आएन,2026-11-18,,,\n",
        "utf-8",
    )
    summary = run(intake, read_rows(file))
    assert (summary.stored, summary.bad_rows) == (2, [])
    assert summary.weeks == {Week(2026, 46): 1, Week(2026, 47): 1}
    assert store.weekly_counts(Week(2026, 46), Week(2026, 46)) == {Week(2026, 46): {TWICE: 1}}
    (cell,) = store.breakdown(Week(2026, 46))
    assert (cell.channel, cell.theme, cell.language) == ("social", TWICE, "en")


def test_a_second_run_adds_nothing(intake: Intake, store: SqlStore) -> None:
    given = rows(row(), row(), row("Parcel is late"), row(external_id="Z-1"))
    first = run(intake, given)
    again = run(intake, given)
    assert (first.stored, again.stored, store.count()) == (4, 4, 4)


def test_equal_rows_are_separate_complaints(intake: Intake, store: SqlStore) -> None:
    run(intake, rows(row(), row(), row()))
    assert store.count() == 3
    run(intake, rows(row(), row(), row(), row()))
    assert store.count() == 4


@pytest.mark.parametrize("column", ["received_at", "channel", "customer_id", "product", "region"])
def test_rows_that_differ_in_any_fact_are_separate(intake: Intake, store: SqlStore, column: str) -> None:
    other = {"received_at": "2026-11-19", "channel": "social"}.get(column, "other")
    run(intake, rows(row()))
    run(intake, rows(row(**{column: other})))
    assert store.count() == 2


def test_an_external_id_is_kept_and_joins_rows(intake: Intake, store: SqlStore) -> None:
    given = rows(
        row("Charged twice", external_id="Z-1"),
        row(),
        row("Parcel is late", external_id="Z-1", received_at="2026-11-10"),
    )
    summary = run(intake, given)
    assert summary.stored == store.count() == 2
    assert summary.repeated == 1
    assert summary.weeks == {Week(2026, 46): 1, Week(2026, 47): 1}
    assert run(intake, given).repeated == 1


def test_undated_exports_of_two_weeks_stay_apart(intake: Intake, store: SqlStore) -> None:
    given = rows(row(received_at=""))
    for day in (10, 17, 17):
        run(intake, given, undated=datetime(2026, 11, day, tzinfo=UTC))
    assert store.count() == 2
    assert store.first_week() == Week(2026, 46)


def test_a_file_without_a_channel_leaves_that_of_a_known_complaint(intake: Intake, store: SqlStore) -> None:
    run(intake, rows(row(external_id="Z-1", channel="social", product="Card")))
    run(intake, rows(row("Parcel is late", external_id="Z-1", received_at="2026-11-10")))
    (cell,) = store.breakdown(Week(2026, 46))
    assert cell.channel == "social"


def test_only_ids_that_the_file_gives_are_taken_out_of_the_text(intake: Intake, store: SqlStore) -> None:
    run(
        intake,
        rows(
            row("Charged twice, I am CUST-77, ticket ZD-4711", external_id="ZD-4711", customer_id="CUST-77")
        ),
    )
    (example,) = store.examples(Week.of(NOON), TWICE, limit=5)
    assert example.text == "Charged twice, I am [id], ticket [id]"


def test_the_summary_outlives_a_file_that_ends_badly(intake: Intake, store: SqlStore) -> None:
    def broken() -> Iterator[RawRow]:
        yield from rows(row(""), *(row(f"Charged twice {n}") for n in range(CHUNK + 5)))
        raise FileRejected("history.csv is not utf-8")

    summary = BackfillSummary()
    with pytest.raises(FileRejected):
        run(intake, broken(), summary=summary)
    assert summary.stored == store.count() == CHUNK - 1
    assert bad(summary) == [(2, "text")]


def test_undated_rows_are_refused_or_dated(intake: Intake, store: SqlStore) -> None:
    given = rows(row(received_at=""), row())
    summary = run(intake, given)
    assert (summary.stored, bad(summary)) == (1, [(2, "received_at")])
    assert "--received-at" in summary.bad_rows[0].reason
    summary = run(intake, given, undated=datetime(2025, 1, 1, tzinfo=UTC))
    assert (summary.stored, bad(summary)) == (2, [])
    assert store.count() == 2
    assert store.first_week() == Week(2025, 1)


def test_bad_rows_are_told_by_line_and_the_others_are_stored(intake: Intake, store: SqlStore) -> None:
    given = [
        *rows(row(), row(""), row("\u200b"), row(received_at="soon"), row(channel="pigeon")),
        RawRow(FILE, 9, fault="the row has 3 fields, the header has 2"),
        *[RawRow(FILE, 10, row(received_at=year)) for year in ("9999-12-31", "0001-01-01")],
        RawRow(FILE, 12, row("Parcel is late")),
    ]
    summary = run(intake, given)
    assert summary.stored == store.count() == 2
    assert bad(summary) == [
        (3, "text"), (4, "text"), (5, "received_at"), (6, "channel"), (9, None), (10, "received_at"),
        (10, "received_at"),
    ]  # fmt: skip
    assert "'pigeon' is not in the taxonomy" in summary.bad_rows[3].reason
    assert "social" in summary.bad_rows[3].reason


def test_the_files_own_labels_are_neither_checked_nor_stored(intake: Intake, store: SqlStore) -> None:
    summary = run(intake, rows(row(theme="something.else", urgency="whatever", owner="nobody")))
    assert summary.stored == 1
    assert [(cell.theme, cell.owner) for cell in store.breakdown(Week.of(NOON))] == [(TWICE, "billing")]


def test_texts_are_redacted(intake: Intake, store: SqlStore) -> None:
    run(intake, rows(row("Charged twice, write to ravi@example.com")))
    (example,) = store.examples(Week.of(NOON), TWICE, limit=5)
    assert example.text == "Charged twice, write to [email]"


def test_a_files_language_is_a_hint(intake: Intake, store: SqlStore) -> None:
    run(intake, rows(row("खाता खोल्न कागजात", language="mr")))
    assert [cell.language for cell in store.breakdown(Week.of(NOON))] == ["mr"]


def test_progress_counts_every_row_and_chunks_are_kept_as_they_are_done(
    intake: Intake, store: SqlStore
) -> None:
    class Failing(Intake):
        calls = 0

        def take(self, incoming: Any) -> list[Taken]:
            self.calls += 1
            if self.calls == 3:
                raise StoreUnavailable("disk full")
            assert all(isinstance(one, Incoming) for one in incoming)
            return super().take(incoming)

    done: list[int] = []
    given = rows(*(row(f"{ROWS[n % len(ROWS)].text} {n}") for n in range(2 * CHUNK + 5)))
    with pytest.raises(StoreUnavailable):
        run(Failing(intake.classifier, store), given, advance=done.append)
    assert done == [CHUNK, CHUNK]
    assert store.count() == 2 * CHUNK
    assert run(intake, given).stored == 2 * CHUNK + 5
    assert store.count() == 2 * CHUNK + 5


def test_an_empty_file_stores_nothing(intake: Intake) -> None:
    assert run(intake, []) == BackfillSummary()

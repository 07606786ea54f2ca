"""A sender's earlier complaints, from the store and from the same call, and what they do to urgency."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from fakes import LATE, NOON, ROWS, TEXTS, TWICE, UNCLEAR, message, tiny_model
from hypothesis import given
from hypothesis import strategies as st

from service.classify.pipeline import Classifier
from service.classify.urgency import NO_POLICY, Sender, UrgencyPolicy
from service.intake import Incoming, Intake, Taken, rounds, sender_of
from service.jobs.backfill import backfill
from service.records import RawRow
from service.store import Earlier, SqlStore
from service.values import EARLIEST, LATEST, Classification

RAISED = ("contacts_in_30_days",)
LATE_TEXT, QUESTION = TEXTS[LATE]["en"][0], TEXTS[UNCLEAR]["en"][0]
CUSTOMERS = st.lists(st.none() | st.sampled_from("abc"), max_size=30)


def sent(days: float = 0, text: str = LATE_TEXT, *, customer: str | None = "c1", **fields: Any) -> Incoming:
    """A complaint of the customer, so many days after NOON."""
    return Incoming(message(text, received_at=NOON + timedelta(days=days), customer_id=customer, **fields))


def urgency(taken: Sequence[Taken]) -> list[tuple[str, tuple[str, ...]]]:
    """Level and reasons, by message."""
    return [(one.classification.labels["urgency"].id, one.classification.urgency_reasons) for one in taken]


def reasons(taken: Sequence[Taken]) -> list[tuple[str, ...]]:
    return [one.classification.urgency_reasons for one in taken]


# ---- the third complaint


def test_the_third_complaint_in_one_call_is_raised_and_says_why(intake: Intake) -> None:
    assert urgency(intake.take([sent(0), sent(1), sent(2)])) == [
        ("normal", ()),
        ("normal", ()),
        ("high", RAISED),
    ]


def test_the_third_complaint_in_three_calls_is_raised_the_same(intake: Intake) -> None:
    told = [intake.take([sent(day)])[0] for day in range(3)]
    assert urgency(told) == [("normal", ()), ("normal", ()), ("high", RAISED)]


def test_two_stored_and_one_sent_are_three(intake: Intake) -> None:
    intake.take([sent(0), sent(1)])
    assert reasons(intake.take([sent(2), sent(3)])) == [RAISED, RAISED]


def test_what_was_raised_is_kept(intake: Intake, store: SqlStore) -> None:
    *_, third = intake.take([sent(0), sent(1), sent(2)])
    kept = store.get(third.complaint_id).classification
    assert kept is not None
    assert (kept.labels["urgency"].id, kept.urgency_reasons) == ("high", RAISED)


def test_thirty_days_are_the_limit_and_the_fourth_may_be_the_first_again(intake: Intake) -> None:
    told = intake.take([sent(0), sent(1), sent(30), sent(30.5), sent(300)])
    assert reasons(told) == [(), (), RAISED, RAISED, ()]


def test_customers_do_not_count_for_each_other(intake: Intake) -> None:
    told = intake.take([sent(day, customer=customer) for day in range(2) for customer in ("a", "b", "c")])
    assert reasons(told) == [()] * 6


def test_messages_without_a_customer_are_never_of_one_sender(intake: Intake) -> None:
    told = intake.take([sent(day, customer=None) for day in range(4)])
    assert reasons(told) == [()] * 4


def test_questions_do_not_count(intake: Intake) -> None:
    first, second = intake.take([sent(0, QUESTION), sent(1, QUESTION)])
    assert first.classification.labels["kind"].id == second.classification.labels["kind"].id == "question"
    assert reasons(intake.take([sent(2), sent(3)])) == [(), ()]
    assert reasons(intake.take([sent(4)])) == [RAISED]


def test_questions_in_the_same_call_do_not_count(intake: Intake) -> None:
    assert reasons(intake.take([sent(0, QUESTION), sent(1, QUESTION), sent(2)])) == [(), (), ()]


def test_complaints_that_came_after_do_not_count(intake: Intake) -> None:
    intake.take([sent(5), sent(6)])
    assert reasons(intake.take([sent(0), sent(1)])) == [(), ()]


def test_the_answers_come_in_the_order_sent(intake: Intake, store: SqlStore) -> None:
    texts = [row.text for row in ROWS]
    customers = ["a", "b", None, "a", "a", "c", "b"]
    incoming = [
        sent(day / 10, text, customer=customers[day % len(customers)]) for day, text in enumerate(texts)
    ]
    taken = intake.take(incoming)
    assert [store.get(one.complaint_id).text for one in taken] == texts
    alone = Classifier(tiny_model()).classify([one.message for one in incoming])
    assert [one.classification.themes for one in taken] == [said.themes for said in alone]


def test_a_customers_value_reaches_the_policy(intake: Intake) -> None:
    told = intake.take(
        [sent(0, customer_value="high"), sent(1, customer=None, customer_value="high"), sent(2)]
    )
    assert urgency(told) == [
        ("high", ("customer_value_high",)),
        ("high", ("customer_value_high",)),
        ("normal", ()),
    ]


# ---- the same message again


def test_the_same_message_sent_again_is_no_second_contact(intake: Intake) -> None:
    for day in range(4):
        assert reasons(intake.take([sent(day, external_id="e1")])) == [()]
    assert reasons(intake.take([sent(5, external_id="e2")])) == [()]
    assert reasons(intake.take([sent(6, external_id="e3")])) == [RAISED]


def test_the_same_message_again_in_one_call_is_no_second_contact(intake: Intake) -> None:
    again = [sent(day, external_id="e1") for day in range(3)]
    assert reasons(intake.take([*again, sent(4, external_id="e2")])) == [()] * 4


def test_a_stored_message_sent_again_beside_a_new_one_is_no_second_contact(intake: Intake) -> None:
    intake.take([sent(0, external_id="e1")])
    assert reasons(intake.take([sent(1, external_id="e1"), sent(2, external_id="e2")])) == [(), ()]


def test_a_message_sent_again_without_its_customer_is_still_that_customers(intake: Intake) -> None:
    intake.take([sent(0), sent(1), sent(2, external_id="e1")])
    assert reasons(intake.take([sent(2, external_id="e1", customer=None)])) == [RAISED]


def test_a_complaint_that_is_a_question_when_sent_again_no_longer_counts(intake: Intake) -> None:
    intake.take([sent(0, external_id="e1"), sent(1, external_id="e2")])
    told = intake.take([sent(1, QUESTION, external_id="e2"), sent(3, external_id="e3")])
    assert reasons(told)[1] == ()


def test_a_file_taken_in_twice_says_the_same_both_times(intake: Intake, store: SqlStore) -> None:
    rows = [
        RawRow(
            "history.csv",  # type: ignore[arg-type]
            line,
            {"text": f"{LATE_TEXT} {line}", "customer_id": "c1", "received_at": f"2026-11-{line + 9}"},
        )
        for line in (1, 2, 3)
    ]

    def told() -> list[tuple[str, ...]]:
        summary = backfill(rows, intake)
        found = [store.get(complaint_id).classification for complaint_id in summary.complaints]
        return [said.urgency_reasons for said in found if said is not None]

    assert told() == [(), (), RAISED]
    assert told() == [(), (), RAISED]


# ---- how far back


class Asked:
    """A store that remembers since when it was asked."""

    def __init__(self, store: SqlStore) -> None:
        self.store = store
        self.since: list[datetime] = []
        self.customers: list[set[str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def earlier(self, customers: Sequence[str], since: datetime) -> Mapping[str, list[Earlier]]:
        self.since.append(since)
        self.customers.append(set(customers))
        return self.store.earlier(customers, since)


def asking(store: SqlStore, policy: UrgencyPolicy | None = None) -> tuple[Intake, Asked]:
    model = tiny_model() if policy is None else replace(tiny_model(), policy=policy)
    asked: Any = Asked(store)
    return Intake(Classifier(model), asked), asked


def test_the_store_is_asked_once_as_far_back_as_the_policy_looks(store: SqlStore) -> None:
    intake, asked = asking(store)
    intake.take([sent(3), sent(1, customer="c2"), sent(-9, customer=None), sent(4)])
    assert asked.since == [NOON + timedelta(days=1 - 90)]
    assert asked.customers == [{"c1", "c2"}]


def test_the_store_is_not_asked_without_a_customer_or_without_lines_on_contacts(store: SqlStore) -> None:
    for intake, asked, incoming in (
        (*asking(store), sent(customer=None)),
        (*asking(store, NO_POLICY), sent()),
    ):
        intake.take([incoming])
        assert asked.since == []


@pytest.mark.parametrize(
    "moment", [EARLIEST, EARLIEST + timedelta(days=1), LATEST - timedelta(microseconds=1)]
)
def test_the_first_and_the_last_days_there_are_can_be_looked_back_from(
    intake: Intake, moment: datetime
) -> None:
    one = Incoming(message(LATE_TEXT, received_at=moment, customer_id="c1"))
    assert reasons(intake.take([one, one])) == [(), ()]


def test_what_is_known_of_a_sender_leaves_the_message_itself_out() -> None:
    history = {"c1": [Earlier(NOON, "e1"), Earlier(NOON, None), Earlier(NOON + timedelta(days=1), "e2")]}
    assert sender_of(sent(external_id="e1"), history) == Sender((NOON, NOON + timedelta(days=1)))
    assert len(sender_of(sent(), history).earlier) == 3
    assert sender_of(sent(customer="c2", customer_value="high"), history) == Sender(value="high")
    assert sender_of(sent(customer=None), history) == Sender()


# ---- rounds


@given(CUSTOMERS)
def test_every_place_is_in_one_round(customers: list[str | None]) -> None:
    made = rounds(customers)
    assert sorted(place for places in made for place in places) == list(range(len(customers)))
    assert all(places for places in made)


@given(CUSTOMERS)
def test_a_customers_places_are_in_order_and_in_different_rounds(customers: list[str | None]) -> None:
    number_of = {place: number for number, places in enumerate(rounds(customers)) for place in places}
    for customer in {one for one in customers if one is not None}:
        turns = [number_of[place] for place, one in enumerate(customers) if one == customer]
        assert all(before < after for before, after in pairwise(turns))


@given(CUSTOMERS)
def test_there_are_as_few_rounds_as_can_be_and_each_is_in_order(customers: list[str | None]) -> None:
    made = rounds(customers)
    most = max(Counter(one for one in customers if one is not None).values(), default=0)
    assert len(made) == max(most, bool(customers))
    assert all(places == sorted(places) for places in made)


# ---- the same answers whatever they are sent with


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 40)), min_size=1, max_size=6))
def test_what_a_message_is_told_is_what_its_own_senders_history_says(steps: list[tuple[str, int]]) -> None:
    """Days pass from message to message; whoever else writes in the same call changes nothing."""
    day, incoming = 0, []
    for customer, days in steps:
        day += days
        incoming.append(sent(day, customer=customer, text=TEXTS[TWICE]["en"][0]))
    classifier = Classifier(tiny_model())
    found: dict[int, Classification] = {}
    for customer in "ab":
        mine = [place for place, one in enumerate(incoming) if one.message.customer_id == customer]
        for number, place in enumerate(mine):
            before = tuple(incoming[earlier].message.received_at for earlier in mine[:number])
            (found[place],) = classifier.classify([incoming[place].message], senders=[Sender(before)])
    together = Intake(classifier, Forgetful()).take(incoming)
    assert [one.classification for one in together] == [found[place] for place in range(len(incoming))]


class Forgetful:
    """A store that keeps nothing and knows of nobody."""

    def known(self, external_ids: Sequence[str]) -> dict[str, Any]:
        return {}

    def earlier(self, customer_ids: Sequence[str], since: datetime) -> dict[str, list[Earlier]]:
        return {}

    def add(self, entries: Sequence[object]) -> list[str]:
        return [str(number) for number in range(len(entries))]

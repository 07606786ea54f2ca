"""Laws of urgency, whatever the heads say and whatever the policy asks for."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from fakes import NOON
from hypothesis import given
from hypothesis import strategies as st

from service.classify.urgency import (
    NO_POLICY,
    Contacts,
    CustomerValue,
    Reason,
    Row,
    Sender,
    UrgencyDecision,
    UrgencyPolicy,
    decide_urgency,
    in_context,
    read_policy,
)

ORDER = ("critical", "high", "normal", "low")
NAMES = ("danger_now", "deadline", "sum_at_risk", "legal_threat")
VALUES = ("gold", "silver")
CRITICAL = 0

levels = st.sampled_from(ORDER)
chances = st.floats(0, 1)
stated = st.dictionaries(st.sampled_from(NAMES), chances)
thresholds = st.dictionaries(st.sampled_from(NAMES), chances)
head_orders = st.permutations(ORDER)
guides = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)
contacts = st.builds(
    Contacts,
    days=st.integers(1, 400),
    complaints=st.integers(2, 6),
    at_least=st.none() | levels,
    steps=st.integers(0, 1),
)
policies = st.builds(
    UrgencyPolicy,
    version=st.integers(1, 9),
    precision=st.floats(0.5, 1, exclude_min=True, exclude_max=True),
    reasons=st.dictionaries(st.sampled_from(NAMES), st.builds(Reason, at_least=levels, guide=guides)),
    contacts=st.lists(contacts, max_size=3, unique_by=lambda line: line.days).map(tuple),
    customer_values=st.dictionaries(
        st.sampled_from(VALUES), st.builds(CustomerValue, steps=st.integers(0, 1), start=levels)
    ),
)
senders = st.builds(
    Sender,
    earlier=st.lists(st.floats(-200, 400).map(lambda days: NOON - timedelta(days=days)), max_size=8).map(
        tuple
    ),
    value=st.none() | st.sampled_from([*VALUES, "unheard of"]),
)
decisions = st.builds(
    UrgencyDecision, level=levels, probability=chances, reasons=st.just(()) | st.just(("deadline",))
)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Probabilities of the four levels, as a head gives them."""
    weights = np.asarray(draw(st.lists(st.floats(1e-6, 1), min_size=4, max_size=4)))
    return weights / weights.sum()


def decide(
    row: Row,
    head: list[str],
    reasons: dict[str, float],
    least: dict[str, float],
    policy: UrgencyPolicy,
) -> UrgencyDecision:
    return decide_urgency(row, head, reasons, least=least, policy=policy, order=ORDER)


def place(decision: UrgencyDecision) -> int:
    """The level's place in the order: 0 is the most urgent."""
    return ORDER.index(decision.level)


# ---- being unsure


@given(rows(), head_orders, stated, thresholds, policies, st.floats(0, 1))
def test_probabilities_nearer_to_equal_never_give_a_more_urgent_level(
    row: Row,
    head: list[str],
    reasons: dict[str, float],
    least: dict[str, float],
    policy: UrgencyPolicy,
    share: float,
) -> None:
    spread = (1 - share) * row + share / len(row)
    before, after = (decide(one, head, reasons, least, policy) for one in (row, spread))
    assert place(after) >= place(before)


@given(rows(), head_orders, st.floats(1, 50))
def test_a_higher_temperature_never_gives_a_more_urgent_level(
    row: Row, head: list[str], temperature: float
) -> None:
    cooler = row ** (1 / temperature)
    cooler /= cooler.sum()
    before, after = (decide(one, head, {}, {}, NO_POLICY) for one in (row, cooler))
    assert place(after) >= place(before)


@given(rows(), head_orders, stated, thresholds, policies, st.floats(0, 1))
def test_reasons_that_are_less_likely_never_give_a_more_urgent_level(
    row: Row,
    head: list[str],
    reasons: dict[str, float],
    least: dict[str, float],
    policy: UrgencyPolicy,
    share: float,
) -> None:
    lowered = {name: chance * share for name, chance in reasons.items()}
    before, after = (decide(row, head, some, least, policy) for some in (reasons, lowered))
    assert place(after) >= place(before)
    assert set(after.reasons) <= set(before.reasons)


@given(rows(), head_orders, stated, thresholds, policies, st.floats(0, 1))
def test_higher_thresholds_never_give_a_more_urgent_level(
    row: Row,
    head: list[str],
    reasons: dict[str, float],
    least: dict[str, float],
    policy: UrgencyPolicy,
    share: float,
) -> None:
    stricter = {name: chance + (1 - chance) * share for name, chance in least.items()}
    before, after = (decide(row, head, reasons, some, policy) for some in (least, stricter))
    assert place(after) >= place(before)


# ---- reasons


@given(rows(), head_orders, stated, thresholds, policies)
def test_the_policy_never_lowers_a_level(
    row: Row, head: list[str], reasons: dict[str, float], least: dict[str, float], policy: UrgencyPolicy
) -> None:
    by_text = decide(row, head, {}, {}, NO_POLICY)
    decision = decide(row, head, reasons, least, policy)
    assert place(decision) <= place(by_text)
    assert decision.reasons or decision == by_text


@given(rows(), head_orders, stated, thresholds, policies)
def test_exactly_the_reasons_that_count_are_named_most_urgent_first(
    row: Row, head: list[str], reasons: dict[str, float], least: dict[str, float], policy: UrgencyPolicy
) -> None:
    decision = decide(row, head, reasons, least, policy)
    counting = {
        name
        for name, chance in reasons.items()
        if name in policy.reasons and name in least and chance >= least[name]
    }
    assert sorted(decision.reasons) == sorted(counting)
    places = [ORDER.index(policy.reasons[name].at_least) for name in decision.reasons]
    assert places == sorted(places)
    assert not places or place(decision) <= places[0]


@given(rows(), head_orders, stated, thresholds, policies)
def test_a_level_comes_from_the_text_or_from_a_named_reason_and_its_probability_is_one(
    row: Row, head: list[str], reasons: dict[str, float], least: dict[str, float], policy: UrgencyPolicy
) -> None:
    decision = decide(row, head, reasons, least, policy)
    asked = {policy.reasons[name].at_least for name in decision.reasons}
    assert decision.level in asked | {decide(row, head, {}, {}, NO_POLICY).level}
    assert 0 < decision.probability <= 1 + 1e-12


@given(rows(), st.permutations(ORDER), st.permutations(ORDER), st.permutations(NAMES))
def test_the_order_of_labels_and_of_reasons_does_not_matter(
    row: Row, head: list[str], other: list[str], names: list[str]
) -> None:
    policy = UrgencyPolicy(version=1, reasons={name: Reason(at_least="high") for name in NAMES})
    reasons = dict.fromkeys(NAMES, 0.7)
    least = dict.fromkeys(NAMES, 0.6)
    same = row[[head.index(level) for level in other]]
    one = decide(row, head, reasons, least, policy)
    two = decide(same, other, dict.fromkeys(names, 0.7), least, policy)
    assert (two.level, two.reasons) == (one.level, one.reasons)
    assert two.probability == pytest.approx(one.probability)


# ---- what is known of the sender


def seen(decision: UrgencyDecision, sender: Sender, policy: UrgencyPolicy) -> UrgencyDecision:
    return in_context(decision, sender, received_at=NOON, policy=policy, order=ORDER)


@given(decisions, senders, policies)
def test_what_is_known_of_the_sender_never_lowers_a_level_and_takes_no_reason_away(
    decision: UrgencyDecision, sender: Sender, policy: UrgencyPolicy
) -> None:
    after = seen(decision, sender, policy)
    assert place(after) <= place(decision)
    assert after.reasons[: len(decision.reasons)] == decision.reasons
    assert after.level == decision.level or len(after.reasons) > len(decision.reasons), "a raise says why"
    assert after.probability == (decision.probability if after.level == decision.level else 1.0)


@given(decisions, senders, policies)
def test_it_makes_none_critical_unless_a_line_says_so(
    decision: UrgencyDecision, sender: Sender, policy: UrgencyPolicy
) -> None:
    named = {line.at_least for line in policy.contacts}
    if ORDER[CRITICAL] not in named and place(decision) != CRITICAL:
        assert place(seen(decision, sender, policy)) != CRITICAL


@given(decisions, senders, policies, st.floats(0, 30))
def test_one_more_complaint_never_lowers_a_level_where_the_lines_fall(
    decision: UrgencyDecision, sender: Sender, policy: UrgencyPolicy, days: float
) -> None:
    """With a single line; of several, the first that holds decides, whatever a later one would do."""
    single = policy.model_copy(update={"contacts": policy.contacts[:1]})
    more = Sender((*sender.earlier, NOON - timedelta(days=days)), sender.value)
    assert place(seen(decision, more, single)) <= place(seen(decision, sender, single))


@given(decisions, senders, policies)
def test_complaints_that_are_not_earlier_change_nothing(
    decision: UrgencyDecision, sender: Sender, policy: UrgencyPolicy
) -> None:
    past = Sender(tuple(moment for moment in sender.earlier if moment <= NOON), sender.value)
    assert seen(decision, sender, policy) == seen(decision, past, policy)


@given(decisions, policies)
def test_a_sender_of_whom_nothing_is_known_changes_nothing(
    decision: UrgencyDecision, policy: UrgencyPolicy
) -> None:
    assert seen(decision, Sender(), policy) == decision


@given(decisions, senders)
def test_without_a_policy_nothing_changes(decision: UrgencyDecision, sender: Sender) -> None:
    assert seen(decision, sender, NO_POLICY) == decision


# ---- the file


@given(policies)
def test_a_policy_as_yaml_reads_back_equal(
    tmp_path_factory: pytest.TempPathFactory, policy: UrgencyPolicy
) -> None:
    path = tmp_path_factory.mktemp("policy") / "urgency.yaml"
    path.write_text(policy.to_yaml(), "utf-8")
    assert read_policy(path, ORDER) == policy

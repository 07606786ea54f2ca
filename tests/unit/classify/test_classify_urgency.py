"""What the urgency policy does to a level, what it names, and which policies are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from fakes import DATA, LATE, NOON, OUTAGE, TEXTS, TWICE, UNCLEAR, message, policy, taxonomy, tiny_model

from service.classify.decide import Calibration, Thresholds
from service.classify.heads import Head
from service.classify.model import POLICY, Model
from service.classify.pipeline import Classifier
from service.classify.urgency import (
    NO_POLICY,
    STATED,
    STATES,
    CustomerValue,
    Reason,
    Sender,
    UrgencyDecision,
    UrgencyPolicy,
    decide_urgency,
    in_context,
    read_policy,
    reason_task,
)
from service.errors import PolicyRejected
from service.values import Classification, Message

ORDER = ("critical", "high", "normal", "low")
HEAD = ("critical", "high", "low", "normal")
"""The levels in a head's order, which is the alphabet's."""
MICROSECOND = timedelta(microseconds=1)


def decide(
    levels: Mapping[str, float],
    reasons: Mapping[str, float] | None = None,
    *,
    least: float = 0.8,
    by: UrgencyPolicy | None = None,
) -> UrgencyDecision:
    """What the text alone decides; every reason given counts from `least` on."""
    reasons = reasons or {}
    return decide_urgency(
        np.asarray([levels.get(level, 0.0) for level in HEAD]),
        HEAD,
        reasons,
        least=dict.fromkeys(reasons, least),
        policy=by or policy(),
        order=ORDER,
    )


# ---- what the text says


def test_the_likeliest_level_is_given_with_its_probability() -> None:
    assert decide({"normal": 0.6, "critical": 0.3, "high": 0.1}) == UrgencyDecision("normal", 0.6)


@pytest.mark.parametrize(
    ("levels", "given"),
    [
        ({"critical": 0.5, "low": 0.5}, "low"),
        ({"critical": 0.4, "high": 0.4, "normal": 0.2}, "high"),
        (dict.fromkeys(ORDER, 0.25), "low"),
    ],
)
def test_of_two_equally_likely_levels_the_less_urgent_one_is_given(
    levels: dict[str, float], given: str
) -> None:
    assert decide(levels).level == given


def test_a_reason_raises_the_level_and_is_named() -> None:
    decision = decide({"normal": 0.7, "high": 0.2, "critical": 0.1}, {"danger_now": 0.9})
    assert decision == UrgencyDecision("critical", 0.9, ("danger_now",))


def test_a_raised_level_is_as_sure_as_its_reason_or_as_the_levels_from_it_up() -> None:
    levels = {"normal": 0.4, "high": 0.3, "critical": 0.3}
    assert decide(levels, {"deadline": 0.85}).probability == pytest.approx(0.85)
    assert decide(levels, {"deadline": 0.5}, least=0.5).probability == pytest.approx(0.6)


@pytest.mark.parametrize(("chance", "named"), [(0.8, ("deadline",)), (0.799, ()), (0.0, ())])
def test_a_reason_below_its_threshold_neither_raises_nor_is_named(
    chance: float, named: tuple[str, ...]
) -> None:
    decision = decide({"normal": 0.9, "low": 0.1}, {"deadline": chance})
    assert (decision.level, decision.reasons) == ("high" if named else "normal", named)


def test_a_reason_without_a_threshold_never_counts() -> None:
    decision = decide_urgency(
        np.asarray([0.0, 0.0, 0.0, 1.0]),
        HEAD,
        {"danger_now": 1.0},
        least={},
        policy=policy(),
        order=ORDER,
    )
    assert decision == UrgencyDecision("normal", 1.0)


def test_a_reason_that_the_policy_no_longer_has_never_counts() -> None:
    assert decide({"normal": 1.0}, {"full_moon": 1.0}) == UrgencyDecision("normal", 1.0)
    assert decide({"normal": 1.0}, {"danger_now": 1.0}, by=NO_POLICY) == UrgencyDecision("normal", 1.0)


def test_reasons_are_named_most_urgent_first_then_likeliest_first() -> None:
    stated = {
        "deadline": 0.95,
        "threat_to_leave": 0.85,
        "danger_now": 0.8,
        "wide_outage": 0.9,
        "sum_at_risk": 0.1,
    }
    decision = decide({"normal": 1.0}, stated)
    assert decision.reasons == ("wide_outage", "danger_now", "deadline", "threat_to_leave")


def test_a_level_that_is_already_higher_keeps_it_and_its_probability_and_names_the_reasons() -> None:
    decision = decide({"critical": 0.6, "normal": 0.4}, {"deadline": 0.95})
    assert decision == UrgencyDecision("critical", 0.6, ("deadline",))


# ---- what is known of the sender


def in_view_of(
    level: str,
    *days_ago: float,
    value: str | None = None,
    by: UrgencyPolicy | None = None,
    at: datetime = NOON,
) -> UrgencyDecision:
    """The level of a message at `at` whose sender complained so many days before."""
    earlier = tuple(at - timedelta(days=days) for days in days_ago)
    decision = UrgencyDecision(level, 0.6)
    return in_context(decision, Sender(earlier, value), received_at=at, policy=by or policy(), order=ORDER)


def test_the_third_complaint_within_thirty_days_raises_to_high_and_is_named() -> None:
    assert in_view_of("normal", 20, 3) == UrgencyDecision("high", 1.0, ("contacts_in_30_days",))
    assert in_view_of("low", 20, 3).level == "high"


@pytest.mark.parametrize("earlier", [(), (3,)])
def test_the_first_and_the_second_complaint_raise_nothing(earlier: tuple[float, ...]) -> None:
    assert in_view_of("normal", *earlier) == UrgencyDecision("normal", 0.6)


def test_exactly_thirty_days_count_and_a_moment_more_does_not() -> None:
    days = timedelta(days=30)
    for back, named in ((days, "contacts_in_30_days"), (days + MICROSECOND, "contacts_in_90_days")):
        sender = Sender((NOON - back, NOON - timedelta(days=1)))
        decision = in_context(
            UrgencyDecision("low", 0.6), sender, received_at=NOON, policy=policy(), order=ORDER
        )
        assert decision.reasons == (named,)


def test_thirty_days_are_the_same_in_any_zone() -> None:
    """Also where a summer time begins in between: instants are compared."""
    kathmandu = NOON.astimezone(timezone(timedelta(hours=5, minutes=45)))
    assert in_view_of("normal", 30, 1, at=kathmandu).reasons == ("contacts_in_30_days",)


def test_complaints_from_this_one_on_do_not_count() -> None:
    """A late import, or a message sent again under another id, tells of what came after."""
    assert in_view_of("normal", 1, -1, -2) == UrgencyDecision("normal", 0.6)


def test_complaints_of_the_same_moment_count() -> None:
    """A file that gives days and no times puts three complaints of a day at one moment."""
    assert in_view_of("normal", 1, 0).reasons == ("contacts_in_30_days",)


def test_the_order_of_earlier_complaints_does_not_matter() -> None:
    assert in_view_of("normal", 3, 20, 40) == in_view_of("normal", 40, 20, 3)


@pytest.mark.parametrize(
    ("level", "raised"), [("low", "normal"), ("normal", "high"), ("high", "high"), ("critical", "critical")]
)
def test_three_in_ninety_days_are_one_level_up_and_never_critical(level: str, raised: str) -> None:
    decision = in_view_of(level, 80, 40)
    assert (decision.level, decision.reasons) == (raised, ("contacts_in_90_days",))
    assert decision.probability == (1.0 if level != raised else 0.6)


def test_only_the_first_line_that_holds_is_named() -> None:
    assert in_view_of("low", *range(1, 90)).reasons == ("contacts_in_30_days",)


def test_many_complaints_alone_never_make_one_critical() -> None:
    for level in ORDER[1:]:
        assert in_view_of(level, *range(1, 30), value="high").level == "high"


def test_a_line_that_says_critical_makes_it_critical() -> None:
    strict = UrgencyPolicy.model_validate(
        {"version": 1, "contacts": [{"days": 7, "complaints": 2, "at_least": "critical"}]}
    )
    assert in_view_of("low", 6, by=strict).level == "critical"


def test_reasons_of_the_text_stay_first() -> None:
    decision = in_context(
        decide({"normal": 1.0}, {"deadline": 0.9}),
        Sender((NOON - timedelta(days=2), NOON - timedelta(days=1))),
        received_at=NOON,
        policy=policy(),
        order=ORDER,
    )
    assert decision.reasons == ("deadline", "contacts_in_30_days")


@pytest.mark.parametrize(
    ("level", "value", "raised"),
    [
        ("normal", "high", "high"),
        ("low", "high", "low"),
        ("high", "high", "high"),
        ("critical", "high", "critical"),
        ("normal", "HIGH", "normal"),
        ("normal", "unheard of", "normal"),
        ("normal", "", "normal"),
        ("normal", None, "normal"),
    ],
)
def test_a_customers_value_raises_from_its_level_on_and_is_named_where_it_does(
    level: str, value: str | None, raised: str
) -> None:
    decision = in_view_of(level, value=value)
    named = ("customer_value_high",) if raised != level else ()
    assert decision == UrgencyDecision(raised, 1.0 if named else 0.6, named)


def test_a_value_of_no_steps_raises_nothing_and_names_nothing() -> None:
    quiet = policy().model_copy(update={"customer_values": {"high": CustomerValue(steps=0, start="normal")}})
    assert in_view_of("normal", value="high", by=quiet) == UrgencyDecision("normal", 0.6)


def test_without_a_policy_nothing_of_the_sender_counts() -> None:
    assert NO_POLICY.longest == timedelta(0)
    assert in_view_of("low", 1, 2, 3, value="high", by=NO_POLICY) == UrgencyDecision("low", 0.6)


def test_the_policy_looks_back_as_far_as_its_longest_line() -> None:
    assert policy().longest == timedelta(days=90)


# ---- in the pipeline


def stating(*names: str, least: float | None = 0.4) -> Model:
    """The tiny model with heads that say of any message that it states these reasons, as likely as not."""
    coin = tiny_model().reasons["repeat_contact"].members[0]
    thresholds = Thresholds({}, {} if least is None else {STATED: {"suggest": least}})
    even = replace(coin, weight=0.0)
    return replace(
        tiny_model(),
        reasons={
            name: Head(
                reason_task(name),
                STATES,
                (even,),
                tiny_model().heads["theme"].centring,
                Calibration(thresholds, None, np.full(9, 0.5)),
            )
            for name in names
        },
    )


def said_by(
    model: Model, texts: Sequence[str], sender: Sender | None = None, **fields: object
) -> list[Classification]:
    sent: list[Message] = [message(text, **fields) for text in texts]
    return Classifier(model).classify(sent, senders=[sender or Sender()] * len(sent))


CALM = (TEXTS[UNCLEAR]["en"][0], TEXTS[LATE]["en"][0], TEXTS[TWICE]["en"][0], TEXTS[OUTAGE]["en"][0])


def test_a_stated_reason_is_answered_and_decides_the_label() -> None:
    for said in said_by(stating("danger_now"), CALM):
        assert (said.labels["urgency"].id, said.urgency_reasons) == ("critical", ("danger_now",))


def test_a_reason_as_likely_as_not_that_asks_for_more_changes_nothing() -> None:
    plain = said_by(stating(), CALM)
    for model in (stating("danger_now", least=0.6), stating("danger_now", least=None)):
        unsure = said_by(model, CALM)
        assert [said.labels["urgency"] for said in unsure] == [said.labels["urgency"] for said in plain]
        assert [said.urgency_reasons for said in unsure] == [()] * len(CALM)


def test_the_raised_level_is_the_one_routes_and_sets_of_labels_are_beside() -> None:
    """The level an answer gives is the policy's also where a route asks for it."""
    (plain,) = said_by(stating(), CALM[1:2])
    (raised,) = said_by(stating(), CALM[1:2], Sender((NOON - timedelta(days=2), NOON - timedelta(days=1))))
    assert (plain.labels["urgency"].id, raised.labels["urgency"].id) == ("normal", "high")
    assert raised.urgency_reasons == ("contacts_in_30_days",)
    assert {task: label for task, label in raised.labels.items() if task != "urgency"} == {
        task: label for task, label in plain.labels.items() if task != "urgency"
    }


def test_a_model_without_a_head_for_urgency_has_no_reasons() -> None:
    model = stating("danger_now")
    heads = {task: head for task, head in model.heads.items() if task != "urgency"}
    (said,) = said_by(replace(model, heads=heads), CALM[:1], Sender(value="high"))
    assert ("urgency" in said.labels, said.urgency_reasons) == (False, ())


# ---- the file

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "urgency.yaml"
        path.write_text(text, "utf-8")
        return path

    return written


def test_the_projects_own_policy_is_one_for_its_taxonomy() -> None:
    read = read_policy(DATA / POLICY, list(taxonomy().urgencies))
    assert read.version >= 1
    assert all(reason.guide for reason in read.reasons.values())
    assert any(line.days == 30 and line.complaints == 3 and line.at_least == "high" for line in read.contacts)


def test_a_policy_without_entries_leaves_everything_to_the_text(write: Write) -> None:
    assert read_policy(write("version: 1"), ORDER) == NO_POLICY


def test_a_policy_reads_back_equal(write: Write) -> None:
    assert read_policy(write(policy().to_yaml()), ORDER) == policy()


@pytest.mark.parametrize(
    ("text", "place", "value"),
    [
        ("version: -2", "version", "-2"),
        ("version: soon", "version", "soon"),
        ("{version: 1, precision: 0.3}", "precision", "0.3"),
        ("{version: 1, precision: 1.5}", "precision", "1.5"),
        ("{version: 1, colour: red}", "colour", "colour"),
        ("{version: 1, reasons: {danger: {at_least: urgent}}}", "reasons.danger.at_least", "urgent"),
        ("{version: 1, reasons: {danger: {guide: Fire}}}", "reasons.danger.at_least", "Field required"),
        ("{version: 1, reasons: {Danger-1: {at_least: high}}}", "reasons.Danger-1", "Danger-1"),
        ("{version: 1, reasons: {danger: {at_least: high, level: 4}}}", "reasons.danger.level", "level"),
        ("{version: 1, contacts: [{days: -4, complaints: 3}]}", "contacts.0.days", "-4"),
        ("{version: 1, contacts: [{days: 4000, complaints: 3}]}", "contacts.0.days", "4000"),
        ("{version: 1, contacts: [{days: 30, complaints: -7}]}", "contacts.0.complaints", "-7"),
        ("{version: 1, contacts: [{days: 30, complaints: 3, raise: 2}]}", "contacts.0.raise", "2"),
        ("{version: 1, contacts: [{days: 30, complaints: 3, at_least: dire}]}", "contacts.", "dire"),
        (
            "{version: 1, customer_values: {gold: {raise: 1, from: shiny}}}",
            "customer_values.gold.from",
            "shiny",
        ),
        ("{version: 1, customer_values: {gold: {raise: 3, from: low}}}", "customer_values.gold.raise", "3"),
        ("[1, 2]", "the file", "the file"),
    ],
)
def test_a_wrong_policy_is_refused_by_file_place_and_value(
    write: Write, text: str, place: str, value: str
) -> None:
    path = write(text)
    with pytest.raises(PolicyRejected) as told:
        read_policy(path, ORDER)
    rest = str(told.value).removeprefix(f"{path}: ")
    assert rest != str(told.value), "the file is named"
    assert rest.startswith(place)
    assert value in rest[len(place) :] or value in place


def test_a_wrong_level_is_seen_in_every_line_of_the_same_days(write: Write) -> None:
    lines = "{days: 30, complaints: 5, at_least: dire}, {days: 30, complaints: 3, at_least: high}"
    with pytest.raises(PolicyRejected, match="dire"):
        read_policy(write(f"{{version: 1, contacts: [{lines}]}}"), ORDER)


def test_a_level_is_refused_with_those_that_there_are(write: Write) -> None:
    path = write("{version: 1, reasons: {danger: {at_least: critical}}}")
    with pytest.raises(PolicyRejected, match=r"'critical' is not a level.*high, normal"):
        read_policy(path, ["high", "normal"])


@pytest.mark.parametrize("text", ["version: [1", "version: 1\n\tx: 2", "version: &a *b"])
def test_what_is_not_yaml_is_refused_with_the_place(write: Write, text: str) -> None:
    path = write(text)
    with pytest.raises(PolicyRejected, match="is not YAML") as told:
        read_policy(path, ORDER)
    assert str(path) in str(told.value)
    assert "line" in str(told.value)


def test_an_empty_file_is_refused(write: Write) -> None:
    with pytest.raises(PolicyRejected, match=r"urgency\.yaml: the file"):
        read_policy(write("# nothing yet\n"), ORDER)


def test_a_file_that_is_absent_or_a_directory_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(PolicyRejected, match="cannot be read") as told:
            read_policy(path, ORDER)
        assert str(path) in str(told.value)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "urgency.yaml"
    path.write_bytes("version: 1 # à revoir".encode("latin-1"))
    with pytest.raises(PolicyRejected, match=r"urgency\.yaml"):
        read_policy(path, ORDER)


# Tone


SUPPORTED = UrgencyPolicy(
    version=1,
    support=0.2,
    reasons={"danger_now": Reason(at_least="critical"), "deadline": Reason(at_least="high")},
)
SHOUTED = np.asarray([0.8, 0.1, 0.02, 0.08])
"""What a head says of a furious message, in the order of HEAD."""


def told(reasons: dict[str, float], policy: UrgencyPolicy = SUPPORTED) -> str:
    return decide_urgency(SHOUTED, HEAD, reasons, least={}, policy=policy, order=ORDER).level


def test_a_message_is_not_critical_by_tone_alone() -> None:
    assert told({"danger_now": 0.19, "deadline": 0.99}) == "high"
    assert told({"danger_now": 0.2, "deadline": 0.0}) == "critical"


def test_without_learned_reasons_for_the_top_level_the_head_alone_decides() -> None:
    assert told({}) == "critical"
    assert told({"deadline": 0.01}) == "critical"
    assert told({"danger_now": 0.0}, NO_POLICY) == "critical"

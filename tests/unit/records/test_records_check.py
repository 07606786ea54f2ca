from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.records import CANONICAL_COLUMNS, BadRow, RawRow, Record, check_row, check_rows

FILE = Path("a.csv")
KATHMANDU = timezone(timedelta(hours=5, minutes=45))
ALLOWED = {
    "theme": ["billing", "billing.refund", "delivery.late"],
    "sentiment": ["negative", "neutral", "positive"],
    "urgency": ["critical", "high", "normal", "low"],
    "kind": ["complaint", "question", "suggestion", "praise"],
}


def checked(allowed=ALLOWED, **values):
    return check_row(RawRow(FILE, 7, {"text": "No refund", **values}), allowed=allowed)


def test_a_full_row_becomes_a_record():
    record = checked(
        theme=" billing ",
        second_theme="delivery.late",
        reasons="deadline, threat_to_leave",
        sentiment="NEG",
        urgency="High",
        kind="Complaint",
        owner="team a",
        language="te-IN",
        received_at="2026-11-21T09:30:00+05:30",
        channel="email",
        product=" ",
        region=None,
        customer_id=42,
        external_id="ZD-1",
        split="msa_test",
        group=3.0,
    )
    assert record == Record(
        text="No refund",
        labels={
            "theme": "billing",
            "sentiment": "negative",
            "urgency": "high",
            "owner": "team a",
            "kind": "complaint",
        },
        second_theme="delivery.late",
        reasons=("deadline", "threat_to_leave"),
        language="te-IN",
        received_at=datetime(2026, 11, 21, 4, 0, tzinfo=UTC),
        channel="email",
        product=None,
        region=None,
        customer_id="42",
        external_id="ZD-1",
        split="test",
        group="3",
        file=FILE,
        line=7,
    )


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (3, "3"),
        (3.0, "3"),
        (3.5, "3.5"),
        (Decimal("3.00"), "3"),
        (True, "true"),
        (b"x", "x"),
        (date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_a_label_of_any_type_is_written_as_text(value, label):
    assert checked(allowed={}, theme=value).labels == {"theme": label}


@pytest.mark.parametrize("value", [None, "", "  ", float("nan"), Decimal("sNaN")])
def test_an_empty_label_is_absent(value):
    assert checked(theme=value).labels == {}


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("pos", "positive"),
        ("Neg", "negative"),
        ("NEU", "neutral"),
        ("neut", "neutral"),
        ("Positive", "positive"),
    ],
)
def test_sentiment_aliases(written, label):
    assert checked(sentiment=written).labels["sentiment"] == label
    assert checked(allowed={}, sentiment=written).labels["sentiment"] == label


def test_urgency_finds_an_allowed_id_of_another_case():
    assert checked(allowed={"urgency": ["High"]}, urgency="hIGH").labels["urgency"] == "High"


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("theme", "biling", "did you mean 'billing'?"),
        ("theme", "Billing", "did you mean 'billing'?"),
        ("theme", "zzz", "allowed: billing, billing.refund, delivery.late"),
        ("theme", ["billing"], "not one value"),
        ("sentiment", "happy-ish", "allowed: negative, neutral, positive"),
        ("owner", "x" * 101, "101 characters, more than 100"),
        ("owner", b"\xff", "not one value"),
        ("channel", "x" * 201, "more than 200"),
        ("language", "English please", "ISO 639-1"),
        ("split", "holdout", "train, validation or test"),
        ("received_at", "21/11/2026", "ISO 8601"),
        ("received_at", 1700000000, "ISO 8601"),
        ("received_at", "0001-01-01T00:00:00+14:00", "ISO 8601"),
        ("received_at", {"day": 1}, "ISO 8601"),
    ],
)
def test_a_bad_value_names_its_column_and_the_way_out(column, value, says):
    bad = checked(**{column: value})
    assert isinstance(bad, BadRow)
    assert (bad.file, bad.line, bad.column) == (FILE, 7, column)
    assert says in bad.reason


@pytest.mark.parametrize("column", ["theme", "split", "language", "received_at"])
@pytest.mark.parametrize("value", ["w" * 90, "they never sent my parcel", "客服一直不接电话我要退款"])
def test_what_may_be_a_complaint_is_not_quoted(column, value):
    reason = checked(allowed={"theme": ["billing"]}, **{column: value}).reason
    assert f"a text of {len(value)} characters" in reason
    assert value[:5] not in reason


@pytest.mark.parametrize("column", ["theme", "split", "language", "received_at"])
@pytest.mark.parametrize("value", ["9876543210", "call 98765 43210", "ravi@example.com"])
def test_a_number_in_the_wrong_column_is_redacted(column, value):
    reason = checked(allowed={"theme": ["billing"]}, **{column: value}).reason
    assert value not in reason
    assert "[phone]" in reason or "[email]" in reason


def test_a_value_too_long_for_its_column_is_not_quoted():
    assert checked(channel="secret " * 40).reason == "a text of 279 characters, more than 200"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "missing"),
        ("", "empty"),
        (" \n ", "white space"),
        ("\u200b\u200e", "invisible"),
        (float("nan"), "empty"),
        (["secret words"], "not text"),
        ("secret words " * 10_000, "more than 100000"),
    ],
)
def test_a_text_that_cannot_be_used_is_never_quoted(value, says):
    bad = checked(text=value)
    assert (bad.column, says in bad.reason) == ("text", True)
    assert "secret" not in bad.reason


def test_a_text_of_exactly_the_limit_is_taken():
    assert isinstance(checked(text="x" * 100_000), Record)


def test_a_row_without_a_text_field_is_bad():
    assert check_row(RawRow(FILE, 2, {"theme": "billing"})).column == "text"


def test_what_no_database_stores_is_left_out_of_the_text():
    assert checked(text="a\ud800b\x00c").text == "abc"


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21 09:30", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21T09:30:00Z", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        (date(2026, 11, 21), datetime(2026, 11, 21, tzinfo=UTC)),
        (datetime(2026, 11, 21, 9), datetime(2026, 11, 21, 9, tzinfo=UTC)),
        (
            datetime(2026, 11, 21, 9, tzinfo=KATHMANDU),
            datetime(2026, 11, 21, 3, 15, tzinfo=UTC),
        ),
        ("", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_dates_come_out_in_utc(value, moment):
    assert checked(received_at=value).received_at == moment


@pytest.mark.parametrize(
    ("written", "split"),
    [
        ("train", "train"),
        ("VALID", "validation"),
        ("val", "validation"),
        ("dev", "validation"),
        ("test", "test"),
        ("validation", "validation"),
        ("msa_pal_train", "train"),
        ("msa_pal_val", "validation"),
        ("saudi-test", "test"),
    ],
)
def test_splits_by_their_last_part(written, split):
    assert checked(split=written).split == split


def test_every_row_is_a_record_or_a_bad_row_in_order():
    rows = [
        RawRow(FILE, 2, {"text": "a"}),
        RawRow(FILE, 3, fault="not JSON"),
        RawRow(FILE, 4, {"text": ""}),
        RawRow(FILE, 5, {"text": "b"}),
    ]
    outcome = check_rows(iter(rows))
    assert [record.line for record in outcome.records] == [2, 5]
    assert [(bad.line, bad.column, bad.reason) for bad in outcome.bad_rows] == [
        (3, None, "not JSON"),
        (4, "text", "the text is empty"),
    ]


CELL = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.binary(max_size=4),
    st.datetimes(),
    st.dates(),
    st.decimals(),
    st.lists(st.integers(), max_size=2),
)


@given(st.dictionaries(st.sampled_from(CANONICAL_COLUMNS), CELL))
@settings(max_examples=300, deadline=None)
def test_no_cell_can_end_the_job(values):
    outcome = check_row(RawRow(FILE, 2, values), allowed=ALLOWED)
    if isinstance(outcome, Record):
        assert outcome.text.strip()
        assert outcome.received_at is None or outcome.received_at.tzinfo is UTC
        assert all(label in ALLOWED.get(task, [label]) for task, label in outcome.labels.items())
    else:
        assert outcome.reason


def test_reasons_are_a_list_that_may_be_empty_or_not_given():
    assert checked().reasons is None
    assert checked(reasons="-").reasons == ()
    assert checked(reasons="deadline;danger_now  deadline").reasons == ("deadline", "danger_now", "deadline")


def test_an_unknown_reason_is_refused_by_name():
    bad = checked(allowed={"reasons": ("deadline", "danger_now")}, reasons="deadline dangernow")
    assert isinstance(bad, BadRow)
    assert bad.column == "reasons"
    assert "'dangernow'" in bad.reason
    assert "'danger_now'" in bad.reason

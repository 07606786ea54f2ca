"""What every store of complaints does. A PostgreSQL store joins by one more entry in STORES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from service.errors import ComplaintNotFound
from service.store import Cell, ComplaintStore, Earlier, Kept, NewComplaint, open_store
from service.values import Classification, GivenTheme, Label, Language, TopicMatch, Week

Opener = Callable[[], ComplaintStore]

WEEK = Week(2026, 46)
MONDAY = datetime(2026, 11, 9, tzinfo=UTC)
STORED = datetime(2026, 11, 20, 8, 0, 0, 123456, tzinfo=UTC)


def sqlite_url(directory: Path) -> str:
    return f"sqlite:///{directory / 'firyad.db'}"


STORES = {"sqlite": sqlite_url}


@pytest.fixture(params=STORES)
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    opened: list[ComplaintStore] = []

    def open_another() -> ComplaintStore:
        opened.append(open_store(STORES[request.param](tmp_path), now=lambda: STORED))
        return opened[-1]

    yield open_another
    for store in opened:
        store.close()


@pytest.fixture
def store(opener: Opener) -> ComplaintStore:
    return opener()


def classified(
    theme: str | None = "billing.double_charge", probability: float = 0.9, **changes: object
) -> Classification:
    labels = {"urgency": Label("high", 0.7)}
    themes: tuple[GivenTheme, ...] = ()
    if theme is not None:
        labels["theme"] = Label(theme, probability)
        themes = (GivenTheme(theme, probability, None), GivenTheme("support.no_reply", 0.8, "preselect"))
    plain = Classification(
        language=Language("en", 0.99),
        labels=labels,
        owner="billing",
        owner_via="theme",
        respond_by=MONDAY + timedelta(days=1),
        model_version="m1",
        taxonomy_version=3,
        themes=themes,
        novelty=0.31,
        urgency_reasons=("deadline",),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def complaint(
    text: str = "Charged twice.",
    *,
    received_at: datetime = MONDAY,
    theme: str | None = "billing.double_charge",
    **fields: object,
) -> NewComplaint:
    plain = NewComplaint(received_at=received_at, text=text, classification=classified(theme))
    return replace(plain, **fields)  # type: ignore[arg-type]


def test_a_complaint_comes_back_as_it_went_in(store: ComplaintStore) -> None:
    said = classified(
        labels={
            task: Label(f"{task}-label", 0.5) for task in ("theme", "sentiment", "urgency", "kind", "owner")
        },
        topic=TopicMatch("t-0042", 0.81),
        themes=(GivenTheme("theme-label", 0.5, None), GivenTheme("support.no_reply", 0.8, "preselect")),
    )
    entry = NewComplaint(
        received_at=MONDAY + timedelta(microseconds=1),
        text='బిల్లు రెండుసార్లు [EMAIL] 🙁\n"quoted"',
        classification=said,
        channel="social",
        external_id="ZD-1",
        customer_id="c1",
        product="card",
        region="TS",
        redactions={"email": 1},
    )
    (complaint_id,) = store.add([entry])
    got = store.get(complaint_id)
    assert got.classification == said
    assert (got.complaint_id, got.external_id, got.stored_at) == (complaint_id, "ZD-1", STORED)
    for name in ("received_at", "text", "channel", "customer_id", "product", "region", "redactions"):
        assert getattr(got, name) == getattr(entry, name)


def test_absent_labels_and_fields_stay_absent(store: ComplaintStore) -> None:
    (complaint_id,) = store.add([complaint(classification=classified(labels={}))])
    got = store.get(complaint_id)
    assert got.classification is not None
    assert (got.classification.labels, got.classification.topic) == ({}, None)
    assert (got.external_id, got.customer_id, got.product, got.region) == (None, None, None, None)


def test_times_come_back_in_utc_and_weeks_go_by_utc(store: ComplaintStore) -> None:
    early_in_hyderabad = datetime(2026, 11, 9, 3, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    (complaint_id,) = store.add([complaint(received_at=early_in_hyderabad)])
    got = store.get(complaint_id).received_at
    assert (got, got.utcoffset()) == (early_in_hyderabad, timedelta(0))
    assert store.weekly_counts(WEEK.plus(-1), WEEK) == {WEEK.plus(-1): {"billing.double_charge": 1}, WEEK: {}}


def test_ids_come_in_the_order_of_the_entries(store: ComplaintStore) -> None:
    entries = [complaint(f"Message {n}.", external_id=f"e{9 - n}" if n % 2 else None) for n in range(10)]
    ids = store.add(entries)
    assert [store.get(complaint_id).text for complaint_id in ids] == [entry.text for entry in entries]
    assert ids == sorted(ids)


def test_nothing_to_add_is_nothing(store: ComplaintStore) -> None:
    assert store.add([]) == []
    assert store.count() == 0
    assert store.first_week() is None


def test_an_external_id_sent_again_is_the_same_complaint(store: ComplaintStore) -> None:
    first = store.add([complaint("First.", external_id="e1", product="card")])
    again = store.add(
        [complaint("Second.", external_id="e1", theme="delivery.late", received_at=MONDAY - timedelta(1))]
    )
    assert first == again
    assert store.count() == 1
    got = store.get(first[0])
    assert (got.text, got.product) == ("Second.", "card")
    assert got.classification == classified("delivery.late")
    assert store.weekly_counts(WEEK.plus(-1), WEEK) == {WEEK.plus(-1): {"delivery.late": 1}, WEEK: {}}


def test_an_external_id_twice_in_a_batch_is_one_complaint_and_the_last_wins(store: ComplaintStore) -> None:
    one, other, same = store.add(
        [
            complaint("First.", external_id="e1", theme="billing"),
            complaint("Other.", external_id="e2", theme=None),
            complaint("Last.", external_id="e1", theme="delivery.late"),
        ]
    )
    assert one == same != other
    assert store.get(one).text == "Last."
    assert store.weekly_counts(WEEK, WEEK) == {WEEK: {"delivery.late": 1, None: 1}}


def test_fields_left_out_of_a_resend_stay_and_those_sent_replace(store: ComplaintStore) -> None:
    (one,) = store.add([complaint(external_id="e1", customer_id="c1", product="card", region="TS")])
    store.add([complaint(external_id="e1", product="loan")])
    got = store.get(one)
    assert (got.customer_id, got.product, got.region) == ("c1", "loan", "TS")


def test_fields_left_out_within_a_batch_are_those_of_the_earlier_entry(store: ComplaintStore) -> None:
    one, _, _ = store.add(
        [
            complaint(external_id="e1", customer_id="c1", product="card"),
            complaint(external_id="e1", product="loan", region="TS"),
            complaint(external_id="e1"),
        ]
    )
    got = store.get(one)
    assert (got.customer_id, got.product, got.region) == ("c1", "loan", "TS")


def test_known_complaints_are_told_by_external_id(store: ComplaintStore) -> None:
    entries = [complaint(external_id=f"e{n}", channel="social", customer_id=f"c{n}") for n in range(600)]
    store.add([*entries, complaint()])
    kept = store.known([f"e{n}" for n in range(1, 601)])
    assert len(kept) == 599
    assert kept["e7"] == Kept(received_at=MONDAY, channel="social", customer_id="c7")
    assert store.known([]) == {}


def test_a_store_that_answers_passes_its_check(store: ComplaintStore) -> None:
    store.check()


def test_messages_without_an_external_id_are_never_the_same(store: ComplaintStore) -> None:
    assert len(set(store.add([complaint(), complaint()]))) == 2


def test_an_unknown_id_is_said(store: ComplaintStore) -> None:
    with pytest.raises(ComplaintNotFound, match="'nope'"):
        store.get("nope")


def test_a_batch_is_kept_whole_or_not_at_all(store: ComplaintStore) -> None:
    broken = complaint(classification=classified(labels={"mood": Label("sour", 1.0)}))
    with pytest.raises(ValueError, match="mood"):
        store.add([complaint(external_id="e1"), broken])
    assert store.count() == 0


def test_a_time_without_a_zone_is_refused(store: ComplaintStore) -> None:
    with pytest.raises(Exception, match="no time zone"):
        store.add([complaint(received_at=datetime(2026, 11, 9))])
    assert store.count() == 0


def test_a_week_holds_its_first_instant_and_not_the_next_weeks(store: ComplaintStore) -> None:
    moments = (
        WEEK.start - timedelta(microseconds=1),
        WEEK.start,
        WEEK.end - timedelta(microseconds=1),
        WEEK.end,
    )
    store.add([complaint(received_at=moment) for moment in moments])
    counts = store.weekly_counts(WEEK.plus(-1), WEEK.plus(1))
    assert [sum(themes.values()) for themes in counts.values()] == [1, 2, 1]
    assert store.first_week() == WEEK.plus(-1)


def test_weekly_counts_cross_the_year_and_name_empty_weeks(store: ComplaintStore) -> None:
    last, first = Week(2026, 53), Week(2027, 1)
    store.add(
        [complaint(received_at=datetime(2027, 1, 3, 23, 59, tzinfo=UTC)), complaint(received_at=first.start)]
    )
    counts = store.weekly_counts(Week(2026, 52), first)
    assert list(counts) == [Week(2026, 52), last, first]
    assert [sum(themes.values()) for themes in counts.values()] == [0, 1, 1]


def test_the_breakdown_counts_the_latest_labels(store: ComplaintStore) -> None:
    store.add(
        [
            complaint(external_id="e1", theme="billing"),
            complaint(external_id="e2"),
            complaint(channel="social"),
        ]
    )
    store.add(
        [
            complaint(
                external_id="e1", classification=classified(None, labels={}, language=Language("te", 0.9))
            )
        ]
    )
    assert set(store.breakdown(WEEK)) == {
        Cell(None, None, "billing", "te", "default", 1),
        Cell("billing.double_charge", "high", "billing", "en", "default", 1),
        Cell("billing.double_charge", "high", "billing", "en", "social", 1),
    }
    assert store.breakdown(WEEK.plus(1)) == []


def test_segments_are_counted_by_week_and_by_theme_where_asked(store: ComplaintStore) -> None:
    praise = classified(labels={"kind": Label("praise", 0.9)})
    store.add(
        [
            complaint(region="TS", product="card"),
            complaint(region="TS", theme="delivery"),
            complaint(theme=None),
            complaint(region="AP", received_at=MONDAY - timedelta(14)),
            complaint(region="TS", classification=praise),
        ]
    )
    before = {WEEK.plus(-2): {"AP": 1}, WEEK.plus(-1): {}}
    assert store.segment_counts("region", WEEK.plus(-2), WEEK) == before | {WEEK: {"TS": 2, None: 1}}
    assert store.segment_counts("product", WEEK, WEEK) == {WEEK: {"card": 1, None: 2}}
    assert store.segment_counts("language", WEEK, WEEK) == {WEEK: {"en": 3}}
    assert store.segment_counts("channel", WEEK, WEEK, themes=["delivery", None]) == {WEEK: {"default": 2}}
    assert store.segment_counts("region", WEEK, WEEK, themes=[None]) == {WEEK: {None: 1}}
    assert store.segment_counts("region", WEEK, WEEK, themes=[]) == {WEEK: {}}


def test_examples_are_of_one_theme_likeliest_first(store: ComplaintStore) -> None:
    for text, theme, probability in (
        ("b", "x", 0.5),
        ("a", "x", 0.9),
        ("c", "y", 1.0),
        ("d", "x", 0.1),
        ("e", None, 0.0),
    ):
        store.add([complaint(text, classification=classified(theme, probability))])
    store.add([complaint("another week", theme="x", received_at=WEEK.end)])
    assert [example.text for example in store.examples(WEEK, "x", limit=2)] == ["a", "b"]
    (untold,) = store.examples(WEEK, None, limit=9)
    assert (untold.text, untold.theme, untold.probability, untold.received_at) == ("e", None, None, MONDAY)


def test_label_versions_say_who_labelled_and_when(store: ComplaintStore) -> None:
    later = classified(model_version="m2", taxonomy_version=4)
    store.add([complaint(), complaint(received_at=MONDAY - timedelta(14)), complaint(classification=later)])
    versions = store.label_versions(WEEK.plus(-9), WEEK)
    assert [(v.model_version, v.taxonomy_version, str(v.first), str(v.last), v.count) for v in versions] == [
        ("m2", 4, "2026-W46", "2026-W46", 1),
        ("m1", 3, "2026-W44", "2026-W46", 2),
    ]


def test_more_rows_than_one_statement_takes(store: ComplaintStore) -> None:
    entries = [complaint(external_id=f"e{n}") for n in range(1100)]
    assert store.add(entries) == store.add(entries)
    assert store.count() == 1100


def test_a_store_opened_again_still_has_its_complaints(opener: Opener) -> None:
    (complaint_id,) = opener().add([complaint()])
    assert opener().get(complaint_id).text == "Charged twice."


def test_many_writers_lose_nothing(opener: Opener) -> None:
    """Eight threads on two stores, as two processes would have: their own rows, and one they share."""

    def write(worker: int) -> None:
        store = stores[worker % 2]
        for n in range(20):
            store.add([complaint(), complaint(external_id=f"e{worker}-{n}"), complaint(external_id="shared")])
            assert store.weekly_counts(WEEK, WEEK)[WEEK]["billing.double_charge"] > 0

    with ThreadPoolExecutor(8) as threads:
        stores = list(threads.map(lambda _: opener(), range(2)))
        list(threads.map(write, range(8)))
    assert stores[0].count() == 8 * 20 * 2 + 1
    assert stores[1].weekly_counts(WEEK, WEEK) == {WEEK: {"billing.double_charge": 8 * 20 * 2 + 1}}


def test_praise_is_counted_by_itself_only(store: ComplaintStore) -> None:
    def of_kind(kind: str | None) -> NewComplaint:
        labels = {"theme": Label("delivery", 0.9)} | ({"kind": Label(kind, 0.8)} if kind else {})
        return complaint(f"A {kind}.", classification=classified(labels=labels))

    store.add([of_kind("praise"), of_kind("praise"), of_kind("question"), of_kind(None)])
    assert (store.praise(WEEK), store.praise(WEEK.plus(1)), store.count()) == (2, 0, 4)
    assert store.weekly_counts(WEEK, WEEK) == {WEEK: {"delivery": 2}}
    assert [cell.count for cell in store.breakdown(WEEK)] == [2]
    assert [version.count for version in store.label_versions(WEEK, WEEK)] == [2]
    assert {example.text for example in store.examples(WEEK, "delivery", limit=9)} == {
        "A question.",
        "A None.",
    }


# ---- what a customer complained of before


def of(
    customer: str | None, days: float = 0, *, kind: str | None = "complaint", **fields: object
) -> NewComplaint:
    """A message of the customer, so many days after MONDAY, of this kind."""
    labels = {"kind": Label(kind, 0.9)} if kind else {}
    return complaint(
        received_at=MONDAY + timedelta(days=days),
        customer_id=customer,
        classification=classified(labels=labels),
        **fields,
    )


def test_earlier_complaints_come_by_customer_oldest_first(store: ComplaintStore) -> None:
    store.add([of("c1", 3), of("c2", 1, external_id="e1"), of("c1", 1), of("c1", 2, external_id="e2")])
    store.add([of("c3"), of(None)])
    assert store.earlier({"c1", "c2", "nobody"}, MONDAY) == {
        "c1": [
            Earlier(MONDAY + timedelta(days=1), None),
            Earlier(MONDAY + timedelta(days=2), "e2"),
            Earlier(MONDAY + timedelta(days=3), None),
        ],
        "c2": [Earlier(MONDAY + timedelta(days=1), "e1")],
    }


def test_nobody_has_no_earlier_complaints(store: ComplaintStore) -> None:
    store.add([of("c1")])
    assert store.earlier([], MONDAY) == {}
    assert store.earlier(["nobody"], MONDAY) == {}


def test_only_complaints_are_earlier_ones_and_what_has_no_kind_is_one(store: ComplaintStore) -> None:
    kinds = ("praise", "question", "suggestion", "complaint", None)
    store.add([of("c1", day, kind=kind) for day, kind in enumerate(kinds)])
    assert store.earlier(["c1"], MONDAY) == {
        "c1": [Earlier(MONDAY + timedelta(days=day), None) for day in (3, 4)]
    }


def test_earlier_goes_by_the_latest_classification(store: ComplaintStore) -> None:
    store.add([of("c1", external_id="e1"), of("c1", external_id="e2", kind="praise")])
    store.add([of("c1", external_id="e1", kind="praise"), of("c1", external_id="e2")])
    assert store.earlier(["c1"], MONDAY) == {"c1": [Earlier(MONDAY, "e2")]}


def test_a_complaint_sent_again_is_one_earlier_complaint(store: ComplaintStore) -> None:
    for day in (0, 1, 2):
        store.add([of("c1", day, external_id="e1")])
    assert store.earlier(["c1"], MONDAY) == {"c1": [Earlier(MONDAY + timedelta(days=2), "e1")]}


def test_the_instant_earlier_begins_with_counts_in_any_zone(store: ComplaintStore) -> None:
    store.add([of("c1", -1), of("c1"), of("c1", 1)])
    store.add([complaint(customer_id="c1", received_at=MONDAY - timedelta(microseconds=1))])
    kathmandu = MONDAY.astimezone(timezone(timedelta(hours=5, minutes=45)))
    for since in (MONDAY, kathmandu):
        told = store.earlier(["c1"], since)
        assert [one.received_at for one in told["c1"]] == [MONDAY, MONDAY + timedelta(days=1)]
        assert {one.received_at.utcoffset() for one in told["c1"]} == {timedelta(0)}


def test_earlier_complaints_of_more_customers_than_one_statement_takes(store: ComplaintStore) -> None:
    customers = [f"c{n}" for n in range(1100)]
    store.add([of(customer, day) for day in (1, 0) for customer in customers])
    told = store.earlier([*customers, *customers], MONDAY)
    assert set(told) == set(customers)
    both = [Earlier(MONDAY, None), Earlier(MONDAY + timedelta(days=1), None)]
    assert all(one == both for one in told.values())


# ---- more than one theme


def test_places_in_the_text_are_not_kept_with_the_themes(store: ComplaintStore) -> None:
    themes = (GivenTheme("a", 0.9, "auto", ((0, 7),)), GivenTheme("b", 0.8, None, ((8, 15), (20, 30))))
    said = classified("a", 0.9, themes=themes, theme_action="auto")
    (complaint_id,) = store.add([complaint(classification=said)])
    got = store.get(complaint_id).classification
    assert got is not None
    assert got.themes == (GivenTheme("a", 0.9, "auto"), GivenTheme("b", 0.8, None))
    assert (got.evidence, got.neighbours, got.sets) == ((), (), {})


def test_a_complaint_without_a_theme_has_none(store: ComplaintStore) -> None:
    said = classified(None, novelty=None, urgency_reasons=())
    (complaint_id,) = store.add([complaint(classification=said)])
    got = store.get(complaint_id).classification
    assert got is not None
    assert (got.themes, got.novelty, got.urgency_reasons) == ((), None, ())


def test_a_second_theme_is_counted_nowhere_as_a_complaint_of_its_own(store: ComplaintStore) -> None:
    store.add([complaint()])
    assert store.weekly_counts(WEEK, WEEK) == {WEEK: {"billing.double_charge": 1}}
    assert store.examples(WEEK, "support.no_reply", limit=9) == []

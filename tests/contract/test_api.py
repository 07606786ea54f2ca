"""What every caller of the API may count on: shapes, statuses, problems, and that no complaint leaks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from fakes import LATE, ROWS, TEXTS, TWICE, UNCLEAR, Api, HashedEncoder, Row, serving, tiny_model
from structlog.testing import capture_logs

from service.api.app import create_app
from service.classify.encoder import Vectors
from service.classify.model import Model
from service.errors import ModelDamaged
from service.settings import Settings
from service.store import SqlStore
from service.values import Week

SECRET = "my card 4929 1111 was debited two times, says Radha Kumari of Kakinada"


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The answer's problem, once it is shown to be the one meant."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert next(iter(told)) == "type"
    assert (told["type"], told["status"], told["code"]) == ("about:blank", status, code)
    assert told["request_id"] == answer.headers["x-request-id"]
    assert told["title"]
    assert told["detail"]
    return told


# ---- one message


def test_the_answer_has_the_designed_shape(api: Api) -> None:
    answer = api.classify(
        "I was charged twice for one order",
        external_id="ZD-123",
        channel="email",
        received_at="2026-11-21T09:00:00Z",
    )
    assert list(answer) == [
        "request_id", "external_id", "complaint_id", "model_version", "taxonomy_version", "language", "kind",
        "themes", "novelty", "topic", "sentiment", "urgency", "owner", "tags", "needs_review", "abstained",
        "reasons", "evidence",
    ]  # fmt: skip
    assert answer["external_id"] == "ZD-123"
    assert (answer["model_version"], answer["taxonomy_version"]) == ("tiny-1", 1)
    assert answer["language"]["code"] == "en"
    (theme,) = answer["themes"]
    assert theme | {"probability": 0} == {
        "id": TWICE, "name": "Charged twice", "level": 2, "probability": 0, "action": "suggest",
        "spans": [[0, 33]],
    }  # fmt: skip
    assert (answer["needs_review"], answer["abstained"], answer["reasons"]) == (True, False, [])
    assert answer["kind"]["id"] == "complaint"
    assert answer["sentiment"]["id"] == "negative"
    assert answer["topic"]["id"] == "t-0000"
    assert answer["urgency"]["id"] == "high"
    assert answer["urgency"]["respond_by"] == "2026-11-22T09:00:00Z"
    assert answer["owner"] == {"id": "billing", "name": "Billing", "via": "theme"}
    assert set(answer["tags"]) == {
        f"theme__{TWICE}", "kind__complaint", "sentiment__negative", "urgency__high", "owner__billing",
        "language__en",
    }  # fmt: skip
    for label in (theme, answer["kind"], answer["sentiment"], answer["urgency"], answer["language"]):
        assert 0 < label["probability"] <= 1


@pytest.mark.parametrize(("theme", "language"), [(TWICE, "te"), (TWICE, "ne"), (LATE, "te"), (UNCLEAR, "en")])
def test_language_and_theme_are_those_of_the_text(api: Api, theme: str, language: str) -> None:
    answer = api.classify(TEXTS[theme][language][0])
    assert answer["language"]["code"] == language
    assert [one["id"] for one in answer["themes"]] == [theme]


def test_a_complaint_comes_back_redacted(api: Api) -> None:
    taken = api.classify(
        "Charged twice! Write to ravi@example.com or call +91 98765 43210",
        external_id="ZD-1",
        customer_id="C-7",
        product="Broadband",
        region="AP",
        channel="chat",
        received_at="2026-11-18T12:00:00+05:30",
    )
    answer = api.get(f"/complaints/{taken['complaint_id']}")
    assert answer.status_code == 200
    kept = answer.json()
    assert kept["text"] == "Charged twice! Write to [email] or call [phone]"
    assert kept["redactions"] == {"email": 1, "phone": 1}
    assert (kept["external_id"], kept["customer_id"], kept["product"], kept["region"], kept["channel"]) == (
        "ZD-1", "C-7", "Broadband", "AP", "chat",
    )  # fmt: skip
    assert kept["received_at"] == "2026-11-18T06:30:00Z"
    # Places in the text are not kept: what is stored is redacted.
    for theme in taken["themes"]:
        del theme["spans"]
    same = {
        "language",
        "kind",
        "themes",
        "novelty",
        "sentiment",
        "urgency",
        "owner",
        "topic",
        "model_version",
        "tags",
    }
    assert {name: kept["classification"].get(name) for name in same} == {
        name: taken.get(name) for name in same
    }


def test_the_same_external_id_is_the_same_complaint(api: Api, store: SqlStore) -> None:
    first = api.classify("I was charged twice for one order", external_id="ZD-1")
    second = api.classify("My parcel has not arrived, it is a week late", external_id="ZD-1")
    assert second["complaint_id"] == first["complaint_id"]
    assert store.count() == 1
    kept = api.get(f"/complaints/{first['complaint_id']}").json()
    assert kept["text"].startswith("My parcel")
    assert [theme["id"] for theme in kept["classification"]["themes"]] == [LATE]


def test_what_a_resend_leaves_out_stays_and_the_clock_runs_from_it(api: Api, store: SqlStore) -> None:
    first = api.classify(
        "I was charged twice for one order",
        external_id="ZD-1",
        channel="social",
        received_at="2026-11-04T12:00:00Z",
        customer_id="C-7",
        product="Broadband",
        region="AP",
    )
    again = api.classify("My parcel has not arrived, it is a week late", external_id="ZD-1", product="Mobile")
    assert again["urgency"]["respond_by"] == first["urgency"]["respond_by"] == "2026-11-04T13:00:00Z"
    kept = api.get(f"/complaints/{first['complaint_id']}").json()
    facts = ("received_at", "channel", "customer_id", "product", "region")
    assert [kept[fact] for fact in facts] == ["2026-11-04T12:00:00Z", "social", "C-7", "Mobile", "AP"]
    assert store.weekly_counts(Week(2026, 45), Week(2026, 45)) == {Week(2026, 45): {LATE: 1}}


def test_what_a_resend_gives_replaces_also_a_channel_that_is_the_default(api: Api) -> None:
    api.classify("Charged twice", external_id="ZD-1", channel="social", received_at="2026-11-04T12:00:00Z")
    again = api.classify(
        "Charged twice", external_id="ZD-1", channel="default", received_at="2026-11-18T12:00:00Z"
    )
    assert again["urgency"]["respond_by"] == "2026-11-19T12:00:00Z"
    kept = api.get(f"/complaints/{again['complaint_id']}").json()
    assert (kept["received_at"], kept["channel"]) == ("2026-11-18T12:00:00Z", "default")


def test_one_batch_may_hold_a_complaint_and_its_resend(api: Api) -> None:
    sent = {"text": "Charged twice", "external_id": "ZD-1"}
    dated = {**sent, "received_at": "2026-11-04T12:00:00Z", "channel": "social"}
    results = api.post("/classify/batch", json=[dated, sent, sent]).json()["results"]
    due = {one["classification"]["urgency"]["respond_by"] for one in results}
    assert due == {"2026-11-04T13:00:00Z"}


def test_the_senders_ids_are_taken_out_of_the_text(api: Api) -> None:
    taken = api.classify(
        "Ticket ZD-4711: CUST-77 was charged twice", external_id="ZD-4711", customer_id="CUST-77"
    )
    kept = api.get(f"/complaints/{taken['complaint_id']}").json()
    assert (kept["text"], kept["redactions"]) == ("Ticket [id]: [id] was charged twice", {"id": 2})
    api.classify("Again: CUST-77 was charged twice", external_id="ZD-4711")
    kept = api.get(f"/complaints/{taken['complaint_id']}").json()
    assert kept["text"] == "Again: [id] was charged twice"


def test_messages_without_external_id_are_separate_complaints(api: Api, store: SqlStore) -> None:
    assert api.classify("Charged twice")["complaint_id"] != api.classify("Charged twice")["complaint_id"]
    assert store.count() == 2


@pytest.mark.parametrize(
    ("channel", "due"),
    [
        ("social", "2026-11-18T13:00:00Z"),
        ("email", "2026-11-19T12:00:00Z"),
        ("default", "2026-11-19T12:00:00Z"),
    ],
)
def test_the_channel_sets_the_clock(api: Api, channel: str, due: str) -> None:
    answer = api.classify(
        "I was charged twice for one order", channel=channel, received_at="2026-11-18T12:00:00Z"
    )
    assert answer["urgency"]["respond_by"] == due


def test_a_theme_with_a_shorter_clock_wins_and_a_longer_one_does_not(
    settings: Settings, store: SqlStore, model: Model
) -> None:
    billing, *others = model.taxonomy.themes
    double, *rest = billing.themes
    hasty = double.model_copy(update={"respond_within_hours": 4.0})
    changed = model.taxonomy.replaced(themes=(billing.model_copy(update={"themes": (hasty, *rest)}), *others))
    quick = replace(model, taxonomy=changed)
    with serving(create_app(settings, store, load=lambda _: quick)) as api:
        due = {
            channel: api.classify(
                "I was charged twice for one order", channel=channel, received_at="2026-11-18T12:00:00Z"
            )["urgency"]["respond_by"]
            for channel in ("email", "social")
        }
    assert due == {"email": "2026-11-18T16:00:00Z", "social": "2026-11-18T13:00:00Z"}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-11-18T12:00:00", "2026-11-18T12:00:00Z"),
        ("2026-11-18T12:00:00+05:45", "2026-11-18T06:15:00Z"),
        ("2026-11-18t12:00:00z", "2026-11-18T12:00:00Z"),
        ("2026-11-18", "2026-11-18T00:00:00Z"),
        ("20261118", "2026-11-18T00:00:00Z"),
    ],
)
def test_a_time_without_a_zone_is_utc(api: Api, written: str, kept: str) -> None:
    taken = api.classify("Charged twice", received_at=written)
    assert api.get(f"/complaints/{taken['complaint_id']}").json()["received_at"] == kept


@pytest.mark.parametrize(
    "written",
    ["yesterday", "2026", "2026-13-01", "", 1_763_000_000, True, None.__class__.__name__, ["2026-11-18"],
     "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "1969-12-31"],
)  # fmt: skip
def test_a_time_that_is_none_is_refused(api: Api, written: object) -> None:
    told = problem(
        api.post("/classify", json={"text": SECRET, "received_at": written}), 422, "request-invalid"
    )
    assert [error["pointer"] for error in told["errors"]] == ["/received_at"]


def test_a_known_language_is_taken_from_the_caller(api: Api) -> None:
    text = "खाता खोल्न कागजात"
    assert api.classify(text, language="mr-IN")["language"] == {"code": "mr", "probability": 1.0}


# ---- messages that are refused


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({}, "/text", "Field required. Add it."),
        ({"text": ""}, "/text", "String should have at least 1 character."),
        ({"text": " \n\t "}, "/text", "There is nothing to read in it; send at least one visible character."),
        ({"text": "\u200b\u200d\ufeff"}, "/text",
         "There is nothing to read in it; send at least one visible character."),
        ({"text": "\x00\x01"}, "/text",
         "There is nothing to read in it; send at least one visible character."),
        ({"text": None}, "/text", "Input should be a valid string."),
        ({"text": 42}, "/text", "Input should be a valid string."),
        ({"text": [SECRET]}, "/text", "Input should be a valid string."),
        ({"text": {"en": SECRET}}, "/text", "Input should be a valid string."),
        ({"text": SECRET, "colour": "red"}, "/colour",
         "Extra inputs are not permitted. Leave it out, or check its spelling."),
        ({"text": SECRET, "a/b~c": 1}, "/a~1b~0c",
         "Extra inputs are not permitted. Leave it out, or check its spelling."),
        ({"text": SECRET, "channel": 7}, "/channel", "Input should be a valid string; it is 7."),
        ({"text": SECRET, "channel": ""}, "/channel", "String should have at least 1 character; it is ''."),
        ({"text": SECRET, "external_id": "x" * 201}, "/external_id",
         "String should have at most 200 characters; it is a text of 201 characters."),
        ({"text": SECRET, "region": "\x00 9876543210"}, "/region",
         "A zero character cannot be stored; leave it out; it is '\\x00 [phone]'."),
        ({"text": SECRET, "region": "\x00they never sent my parcel"}, "/region",
         "A zero character cannot be stored; leave it out; it is a text of 26 characters."),
        ({"text": SECRET, "region": "a\x00b"}, "/region",
         "A zero character cannot be stored; leave it out; it is 'a\\x00b'."),
        (SECRET, "", "Input should be a JSON object."),
        (["x"], "", "Input should be a JSON object."),
        (None, "", "Input should be a JSON object."),
        (7, "", "Input should be a JSON object."),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_with_its_pointer(api: Api, body: object, pointer: str, detail: str) -> None:
    told = problem(
        api.post("/classify", content=json.dumps(body), headers={"content-type": "application/json"}),
        422,
        "request-invalid",
    )
    assert told["errors"] == [{"pointer": pointer, "detail": detail}]
    assert told["detail"] == f"{pointer or 'the body'}: {detail}"


def test_an_unknown_channel_is_refused_with_the_known_ones(api: Api, store: SqlStore) -> None:
    told = problem(api.post("/classify", json={"text": SECRET, "channel": "pigeon"}), 422, "unknown-label")
    assert "'pigeon'" in told["detail"]
    assert "social" in told["detail"]
    assert store.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b'{"text": "abc',
        b"",
        b"{'text': 1}",
        b'{"text": "\xff\xfe"}',
        b"[" * 100_000,
        b'{"n": ' + b"9" * 5000 + b"}",
    ],
    ids=["cut", "empty", "python", "not UTF-8", "deep", "huge number"],
)
def test_malformed_json_is_400(api: Api, body: bytes) -> None:
    answer = api.post("/classify", content=body, headers={"content-type": "application/json"})
    if body:
        assert "JSON" in problem(answer, 400, "json-malformed")["detail"]
    else:
        problem(answer, 422, "request-invalid")


@pytest.mark.parametrize("path", ["/classify", "/classify/batch"])
@pytest.mark.parametrize("media_type", [None, "text/plain", "application/x-www-form-urlencoded", "x"])
def test_another_media_type_is_415(api: Api, path: str, media_type: str | None) -> None:
    headers = {"content-type": media_type} if media_type else {}
    answer = api.post(path, content=json.dumps({"text": SECRET}).encode(), headers=headers)
    told = problem(answer, 415, "media-type-unsupported")
    assert "Content-Type: application/json" in told["detail"]
    assert (media_type or "no Content-Type") in told["detail"]
    assert answer.headers["accept"] == "application/json"


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "application/vnd.desk+json"])
def test_json_by_any_of_its_names_is_read(api: Api, media_type: str) -> None:
    body = json.dumps({"text": "Charged twice"}).encode()
    assert api.post("/classify", content=body, headers={"content-type": media_type}).status_code == 200


def test_a_body_beyond_the_limit_is_413(api: Api, store: SqlStore) -> None:
    body = json.dumps({"text": "charged twice " * 75_000}).encode()
    assert len(body) > 1_000_000
    answer = api.post("/classify", content=body, headers={"content-type": "application/json"})
    assert "1000000 bytes" in problem(answer, 413, "body-too-large")["detail"]
    assert store.count() == 0


def test_a_body_that_does_not_say_its_size_is_413_as_soon_as_it_is_too_long(api: Api) -> None:
    sent = 0

    async def chunks() -> Any:
        nonlocal sent
        for _ in range(100):
            sent += 100_000
            yield b"x" * 100_000

    answer = api.post("/classify", content=chunks(), headers={"content-type": "application/json"})
    problem(answer, 413, "body-too-large")
    assert "content-length" not in answer.request.headers
    assert sent <= 1_200_000


def test_a_body_that_says_it_is_too_large_is_refused_unread(api: Api) -> None:
    async def chunks() -> Any:
        yield b"x"
        raise AssertionError("more of the body was asked for")

    headers = {"content-type": "application/json", "content-length": "2000000"}
    problem(api.post("/classify", content=chunks(), headers=headers), 413, "body-too-large")


def test_a_batch_may_be_larger_than_a_message(api: Api) -> None:
    body = [{"text": "Charged twice"}, *({"text": "x" * 100_000} for _ in range(10))]
    answer = api.post("/classify/batch", json=body)
    assert len(answer.request.content) > 1_000_000
    assert [one["status"] for one in answer.json()["results"]] == [200] + [422] * 10


def test_a_text_beyond_its_limit_is_refused_by_its_length(
    settings: Settings, store: SqlStore, model: Model
) -> None:
    short = settings.model_copy(update={"max_text_characters": 20})
    with serving(create_app(short, store, load=lambda _: model)) as api:
        assert api.classify("x" * 20)
        told = problem(api.post("/classify", json={"text": "x" * 21}), 422, "text-rejected")
    assert "21 characters, more than 20" in told["detail"]


@pytest.mark.parametrize(
    "fields",
    ['"text": "charged \\ud800 twice"', '"text": "charged twice", "\\ud800": 1',
     '"text": "charged twice", "channel": "\\udfff"', '"text": "charged twice", "external_id": "\\ud83d"'],
)  # fmt: skip
def test_half_a_surrogate_pair_is_refused_and_never_an_error_of_ours(api: Api, fields: str) -> None:
    json_header = {"content-type": "application/json"}
    problem(api.post("/classify", content=f"{{{fields}}}", headers=json_header), 422, "request-invalid")
    batch = api.post("/classify/batch", content=f"[{{{fields}}}]", headers=json_header)
    assert batch.status_code == 200
    assert [one["status"] for one in batch.json()["results"]] == [422]


@pytest.mark.parametrize(
    "odd", ["charged\x00 twice", "\u202echarged\u202c twice \u2066x\u2069", "\ufeffcharged twice"]
)
def test_control_characters_change_nothing(api: Api, odd: str) -> None:
    plain = api.classify(re.sub("[\x00\u202e\u202c\u2066\u2069\ufeff]", "", odd))
    answer = api.classify(odd)
    assert [theme["id"] for theme in answer["themes"]] == [theme["id"] for theme in plain["themes"]]
    assert answer["urgency"] | {"respond_by": ""} == plain["urgency"] | {"respond_by": ""}
    for theme, same in zip(answer["themes"], plain["themes"], strict=True):
        assert theme["probability"] == same["probability"]
    assert "\x00" not in api.get(f"/complaints/{answer['complaint_id']}").json()["text"]


# ---- batches


def test_a_batch_keeps_the_order_and_tells_each_error(api: Api, store: SqlStore) -> None:
    answer = api.post(
        "/classify/batch",
        json=[
            {"text": "I was charged twice for one order", "external_id": "a"},
            {"text": ""},
            {"text": "My parcel is late", "channel": "pigeon"},
            SECRET,
            {"text": "\u200b"},
            {"text": "Where can I find the opening hours?", "body": 1},
            {"text": "My parcel has not arrived, it is a week late", "external_id": "b"},
        ],
    )
    assert answer.status_code == 200
    told = answer.json()
    assert told["request_id"] == answer.headers["x-request-id"]
    results = told["results"]
    assert [one["index"] for one in results] == list(range(7))
    assert [one["status"] for one in results] == [200, 422, 422, 422, 422, 422, 200]
    assert [one["classification"]["external_id"] for one in results if one["status"] == 200] == ["a", "b"]
    assert results[0]["classification"]["themes"][0]["id"] == TWICE
    assert results[6]["classification"]["themes"][0]["id"] == LATE
    errors = [one["error"] for one in results[1:6]]
    assert [error["code"] for error in errors] == [
        "request-invalid", "unknown-label", "request-invalid", "request-invalid", "request-invalid",
    ]  # fmt: skip
    assert [error["errors"][0]["pointer"] for error in errors if error["errors"]] == [
        "/text",
        "",
        "/text",
        "/body",
    ]
    assert store.count() == 2
    assert SECRET[:10] not in answer.text


def test_an_empty_batch_has_no_results(api: Api) -> None:
    assert api.post("/classify/batch", json=[]).json()["results"] == []


def test_a_batch_too_long_is_refused_whole(settings: Settings, store: SqlStore, model: Model) -> None:
    small = settings.model_copy(update={"max_batch": 2})
    with serving(create_app(small, store, load=lambda _: model)) as api:
        assert len(api.post("/classify/batch", json=[{"text": "a b c"}] * 2).json()["results"]) == 2
        told = problem(api.post("/classify/batch", json=[{"text": SECRET}] * 3), 422, "text-rejected")
    assert "3 messages, more than 2" in told["detail"]
    assert store.count() == 2


@pytest.mark.parametrize("body", [{"text": SECRET}, SECRET, 7])
def test_a_batch_that_is_no_array_is_refused(api: Api, body: object) -> None:
    told = problem(api.post("/classify/batch", json=body), 422, "request-invalid")
    assert told["detail"] == "the body: Input should be a JSON array."


def test_a_batch_larger_than_the_queue_is_answered_in_full(
    settings: Settings, store: SqlStore, model: Model
) -> None:
    narrow = settings.model_copy(update={"queue_size": 4, "micro_batch": 4})
    with serving(create_app(narrow, store, load=lambda _: model)) as api:
        results = api.post("/classify/batch", json=[{"text": row.text} for row in ROWS]).json()["results"]
    assert [one["status"] for one in results] == [200] * len(ROWS)
    assert [one["classification"]["themes"][0]["id"] for one in results] == [row.theme for row in ROWS]


# ---- other paths


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en", "Billing and charges"),
        ("te", "బిల్లులు, ఛార్జీలు"),
        ("ne", "बिल र शुल्क"),
        ("xx", "Billing and charges"),
    ],
)
def test_themes_are_named_in_the_language_asked_for(api: Api, language: str, name: str) -> None:
    told = api.get("/themes", params={"language": language}).json()
    assert told["model_version"] == "tiny-1"
    billing = told["themes"][0]
    assert (billing["id"], billing["name"], billing["owner"]) == (
        "billing",
        name,
        {"id": "billing", "name": "Billing"},
    )
    assert {child["id"] for child in billing["themes"]} >= {TWICE}
    assert all(child["owner"]["name"] for child in billing["themes"])


def test_themes_default_to_english(api: Api) -> None:
    assert api.get("/themes").json()["themes"][0]["name"] == "Billing and charges"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/classify", 405, "method-not-allowed"),
        ("DELETE", "/themes", 405, "method-not-allowed"),
        ("GET", "/complaints/no-such-id", 404, "complaint-not-found"),
        ("GET", "/themes?language=" + "x" * 17, 422, "request-invalid"),
        ("GET", "/reports/2026-W46", 404, "not-found"),
        ("GET", "/reports/..%2f..%2fetc%2fpasswd", 404, "not-found"),
    ],
)
def test_a_request_for_something_else_is_a_problem(
    api: Api, method: str, path: str, status: int, code: str
) -> None:
    answer = api.request(method, path)
    problem(answer, status, code)
    if status == 405:
        assert answer.headers["allow"]


def test_the_pages_need_nothing_from_elsewhere(api: Api) -> None:
    for path in ("/", "/docs"):
        page = api.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert re.findall(r"""(?:src|href)=["'](https?:)?//""", page.text) == []


def test_a_written_report_is_shown(api: Api, settings: Settings) -> None:
    settings.reports_dir.mkdir()
    (settings.reports_dir / "2026-W46.html").write_text("<h1>Week 46</h1>", "utf-8")
    assert api.get("/reports/2026-W46").text == "<h1>Week 46</h1>"
    assert "2026-W46" in api.get("/").text


# ---- request ids


@pytest.mark.parametrize("given", ["abc-1.2_3", "x" * 64])
def test_a_plain_request_id_is_kept(api: Api, given: str) -> None:
    answer = api.post("/classify", json={"text": "Charged twice"}, headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == given
    assert api.get("/nowhere", headers={"X-Request-ID": given}).json()["request_id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "<script>", "a\tb", "é".encode()])
def test_any_other_request_id_is_replaced(api: Api, given: str | bytes) -> None:
    answer = api.get("/healthz", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_requests_have_ids_of_their_own(api: Api) -> None:
    assert len({api.get("/healthz").headers["x-request-id"] for _ in range(5)}) == 5


# ---- secrecy


@pytest.fixture
def logs() -> Iterator[list[dict[str, Any]]]:
    structlog.reset_defaults()
    with capture_logs() as lines:
        yield lines


class Brittle(HashedEncoder):
    """Fails on some texts as a foreign library might: with the text in the message."""

    def encode(self, texts: Any) -> Vectors:
        if any("Radha" in text for text in texts):
            raise RuntimeError(f"cannot encode {texts!r}")
        return super().encode(texts)


def test_no_error_and_no_log_line_repeats_a_complaint(
    logs: list[dict[str, Any]], settings: Settings, store: SqlStore, model: Model
) -> None:
    brittle = replace(model, encoder=Brittle())
    tight = settings.model_copy(update={"max_text_characters": 200, "max_batch": 2})
    bodies: list[Any] = [
        {"text": SECRET},
        {"text": SECRET * 4},
        {"text": SECRET, "channel": "pigeon"},
        {"text": SECRET, "colour": 1},
        {"text": [SECRET]},
        SECRET,
        [SECRET],
        [SECRET, {"text": SECRET}],
        [{"text": SECRET, "received_at": "x"}] * 3,
    ]
    with serving(create_app(tight, store, load=lambda _: brittle)) as api:
        answers = [api.post(path, json=body) for path in ("/classify", "/classify/batch") for body in bodies]
        raw = json.dumps({"text": SECRET})[:-1]
        answers += [
            api.post("/classify", content=raw, headers={"content-type": "application/json"}),
            api.post("/classify", content=raw, headers={"content-type": "text/plain"}),
            api.post("/classify", json={"text": "Charged twice"}),
        ]
    statuses = {answer.status_code for answer in answers}
    assert statuses == {200, 400, 415, 422, 500}
    assert sum(line["event"] == "request" for line in logs) == len(answers)
    for told in (*(answer.text for answer in answers), repr(logs)):
        for piece in ("Radha", "4929", "debited"):
            assert piece not in told


def test_an_unforeseen_error_is_a_problem_and_its_class_and_place_are_logged(
    logs: list[dict[str, Any]], settings: Settings, store: SqlStore, model: Model
) -> None:
    with serving(create_app(settings, store, load=lambda _: replace(model, encoder=Brittle()))) as api:
        told = problem(api.post("/classify", json={"text": SECRET}), 500, "internal-error")
        good = api.post(
            "/classify/batch", json=[{"text": "Charged twice"}, {"text": SECRET}, {"text": "It is late"}]
        )
    (line,) = [
        line for line in logs if line.get("request_id") == told["request_id"] and line["event"] != "request"
    ]
    assert (line["event"], line["error"], line["log_level"]) == ("request failed", "RuntimeError", "error")
    assert any("test_api.py:" in place for place in line["at"])
    assert [one["status"] for one in good.json()["results"]] == [200, 500, 200]
    assert store.count() == 2


def test_each_request_is_one_log_line_with_its_facts(logs: list[dict[str, Any]], api: Api) -> None:
    logs.clear()
    answer = api.post("/classify", json={"text": "Charged twice"})
    api.get(f"/{SECRET}")
    first, second = logs
    assert first | {"seconds": 0} == {
        "event": "request", "log_level": "info", "method": "POST", "path": "/classify", "status": 200,
        "seconds": 0,
        "request_id": answer.json()["request_id"],
    }  # fmt: skip
    assert (second["path"], second["status"]) == ("(no such path)", 404)


# ---- without a model


def refused(_: Settings) -> Model:
    raise ModelDamaged("heads/theme.joblib has SHA-256 0000. Train again.")


def mismatched(_: Settings) -> Model:
    model = tiny_model()
    first, *rest = model.manifest["self_test"]
    wrong = {**first, "theme": [LATE, 0.9]}
    return replace(model, manifest={"self_test": [wrong, *rest]})


def untested(_: Settings) -> Model:
    return replace(tiny_model(), manifest={})


def test_without_a_model_the_service_lives_and_says_why_it_cannot_classify(
    settings: Settings, store: SqlStore
) -> None:
    with serving(create_app(settings, store)) as api:
        assert api.get("/healthz").json() == {"status": "alive"}
        assert "make train" in problem(api.get("/readyz"), 503, "not-ready")["detail"]
        for answer in (
            api.post("/classify", json={"text": SECRET}),
            api.post("/classify/batch", json=[{"text": SECRET}]),
            api.post("/classify/batch", json=[]),
            api.get("/themes"),
        ):
            assert "There is no model at" in problem(answer, 503, "not-ready")["detail"]
        assert "make train" in api.get("/").text


@pytest.mark.parametrize(
    ("load", "reason"),
    [(refused, "SHA-256 0000"), (mismatched, "Self-test 0, theme"), (untested, "self_test")],
)
def test_a_model_that_is_refused_is_the_reason_given(
    settings: Settings, store: SqlStore, logs: list[dict[str, Any]], load: Any, reason: str
) -> None:
    with serving(create_app(settings, store, load=load)) as api:
        assert api.get("/healthz").status_code == 200
        assert reason in problem(api.get("/readyz"), 503, "not-ready")["detail"]
        assert reason in problem(api.post("/classify", json={"text": SECRET}), 503, "not-ready")["detail"]
    (line,) = [line for line in logs if line["event"] == "no model"]
    assert (line["code"], reason in line["reason"]) == ("model-damaged", True)


def test_ready_names_the_model(api: Api) -> None:
    assert api.get("/readyz").json() == {"status": "ready", "model_version": "tiny-1", "taxonomy_version": 1}


def test_a_store_that_is_gone_is_not_ready(api: Api, tmp_path: Path) -> None:
    assert api.get("/readyz").status_code == 200
    (tmp_path / "firyad.db").unlink()
    assert "firyad.db is gone" in problem(api.get("/readyz"), 503, "store-unavailable")["detail"]
    assert api.get("/healthz").status_code == 200


# ---- many at once


def test_fifty_at_once_each_get_their_own_answer(api: Api, store: SqlStore) -> None:
    rows = (ROWS * 2)[:50]
    answers = api.at_once([{"text": row.text, "external_id": f"n-{n}"} for n, row in enumerate(rows)])
    assert [answer.status_code for answer in answers] == [200] * 50
    told = [answer.json() for answer in answers]
    assert [one["external_id"] for one in told] == [f"n-{n}" for n in range(50)]
    assert [one["themes"][0]["id"] for one in told] == [row.theme for row in rows]
    assert len({one["complaint_id"] for one in told}) == 50
    alone = [api.classify(row.text) for row in rows[:10]]
    facts = ("themes", "kind", "sentiment", "language", "topic")
    assert [[one.get(fact) for fact in facts] for one in alone] == [
        [one.get(fact) for fact in facts] for one in told[:10]
    ]
    for one, row in zip(told, rows, strict=True):
        assert store.get(one["complaint_id"]).text == row.text


def test_the_store_closes_with_the_app(settings: Settings, tmp_path: Path, model: Model) -> None:
    class Watched:
        closed = False

        def close(self) -> None:
            self.closed = True

    watched: Any = Watched()
    with serving(create_app(settings, watched, load=lambda _: model)):
        assert not watched.closed
    assert watched.closed


# ---- what may be done with a theme


def test_a_request_may_set_its_own_thresholds_and_ask_for_label_sets(api: Api) -> None:
    text = "I was charged twice for one order"
    answer = api.classify(text, thresholds={"suggest": 0.0, "auto": 0.01})
    assert (answer["themes"][0]["action"], answer["needs_review"]) == ("auto", False)
    assert "label_sets" not in answer, "a model without calibration rows has none"


def test_thresholds_that_fall_and_odd_coverages_are_refused_by_name(api: Api) -> None:
    for odd, named in (
        ({"thresholds": {"preselect": 0.9, "auto": 0.8}}, "auto (0.8) is stricter than preselect (0.9)"),
        ({"thresholds": {"automatic": 0.8}}, "automatic"),
        ({"thresholds": {"auto": 1.2}}, "auto"),
        ({"coverage": 1.5}, "coverage"),
    ):
        answer = api.post("/classify", json={"text": "Charged twice", **odd})
        assert answer.status_code == 422
        assert named in answer.text


def test_why_there_is_no_theme_is_answered_and_kept(api: Api) -> None:
    answer = api.classify("I was charged twice for one order", thresholds={"suggest": 1, "auto": 1})
    assert (answer["themes"], answer["abstained"], answer["needs_review"]) == ([], True, True)
    assert answer["reasons"] == ["ambiguous"]
    assert answer["between"][0] == TWICE
    kept = api.get(f"/complaints/{answer['complaint_id']}").json()["classification"]
    assert (kept["abstained"], kept["reasons"], kept["themes"]) == (True, ["ambiguous"], [])


# ---- how urgent, and why


THREE = [{"text": TEXTS[LATE]["en"][day], "customer_id": "C-7"} for day in range(3)]


def test_an_answer_says_what_makes_it_urgent(api: Api) -> None:
    plain = api.classify(TEXTS[LATE]["en"][0])
    assert (plain["urgency"]["id"], plain["urgency"]["reasons"]) == ("normal", [])
    valued = api.classify(TEXTS[LATE]["en"][0], customer_value="high")
    assert (valued["urgency"]["id"], valued["urgency"]["reasons"]) == ("high", ["customer_value_high"])
    assert valued["urgency"]["probability"] == 1
    assert "urgency__high" in valued["tags"]
    kept = api.get(f"/complaints/{valued['complaint_id']}").json()["classification"]["urgency"]
    assert kept == valued["urgency"]


def test_the_third_complaint_of_a_customer_within_thirty_days_is_raised(api: Api) -> None:
    days = ("2026-10-19", "2026-11-08", "2026-11-18")
    told = [api.classify(received_at=day, **one)["urgency"] for day, one in zip(days, THREE, strict=True)]
    assert [(one["id"], one["reasons"]) for one in told] == [
        ("normal", []),
        ("normal", []),
        ("high", ["contacts_in_30_days"]),
    ]


def test_the_third_complaint_in_one_batch_is_raised(api: Api) -> None:
    dated = [one | {"received_at": f"2026-11-{day}"} for day, one in zip((10, 11, 12), THREE, strict=True)]
    results = api.post("/classify/batch", json=[*dated, {"text": TEXTS[LATE]["en"][0]}]).json()["results"]
    told = [one["classification"]["urgency"]["reasons"] for one in results]
    assert told == [[], [], ["contacts_in_30_days"], []]


@pytest.mark.parametrize("value", ["gold", "HIGH", "ఎక్కువ", "x" * 200])
def test_a_value_the_policy_does_not_know_changes_nothing(api: Api, value: str) -> None:
    answer = api.classify(TEXTS[LATE]["en"][0], customer_value=value)
    assert (answer["urgency"]["id"], answer["urgency"]["reasons"]) == ("normal", [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer_value", ""),
        ("customer_value", "   "),
        ("customer_value", "x" * 201),
        ("customer_value", 5),
        ("customer_value", True),
        ("customer_value", ["high"]),
        ("customer_value", "hi\x00gh"),
        ("neighbours", -1),
        ("neighbours", 11),
        ("neighbours", 2.5),
        ("neighbours", "many"),
        ("neighbours", None),
        ("neighbours", [3]),
    ],
)
def test_odd_wishes_are_refused_by_their_pointer(
    api: Api, store: SqlStore, field: str, value: object
) -> None:
    told = problem(api.post("/classify", json={"text": SECRET, field: value}), 422, "request-invalid")
    assert [error["pointer"] for error in told["errors"]] == [f"/{field}"]
    assert "Radha" not in json.dumps(told)
    assert store.count() == 0


def test_no_customer_value_is_the_same_as_none(api: Api) -> None:
    answer = api.classify(TEXTS[LATE]["en"][0], customer_value=None)
    assert answer["urgency"]["reasons"] == []


# ---- what speaks for it, and what is like it


TWO_ISSUES = "Hello, I was charged twice for one order. My parcel has not arrived, it is a week late. Regards"


@pytest.mark.parametrize(
    "text",
    [
        *(one[0] for by_language in TEXTS.values() for one in by_language.values()),
        TWO_ISSUES,
        f"   \n\n{TWO_ISSUES}\n\nOn Mon, 9 Nov 2026, Help wrote:\n> We are sorry.\n> Your parcel is late.\n",
        "😡😡 I   was charged\u200b twice\tfor ONE ORDER!!! 😡😡",
    ],
)
def test_spans_lie_in_the_text_as_it_was_sent(api: Api, text: str) -> None:
    answer = api.classify(text)
    assert answer["themes"]
    for theme in answer["themes"]:
        assert theme["spans"]
    weights = [part["weight"] for part in answer["evidence"]]
    assert weights == sorted(weights, reverse=True)
    assert all(0 < weight <= 1 for weight in weights)
    assert sum(weights) <= 1 + 1e-6
    spans = [part["span"] for part in answer["evidence"]]
    spans += [span for theme in answer["themes"] for span in theme["spans"]]
    for start, end in spans:
        assert 0 <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]


def test_without_a_theme_there_is_no_evidence(api: Api) -> None:
    answer = api.classify("I was charged twice for one order", thresholds={"suggest": 1, "auto": 1})
    assert (answer["themes"], answer["evidence"]) == ([], [])


@pytest.mark.parametrize("most", [1, 3, 10])
def test_as_many_neighbours_come_as_were_asked_for_nearest_first(api: Api, most: int) -> None:
    known = {row.text: row for row in ROWS}
    answer = api.classify("My card was debited two times", neighbours=most)
    near = answer["neighbours"]
    assert len(near) == most
    assert len({one["text"] for one in near}) == most
    for one in near:
        assert set(one) == {"text", "theme", "language", "similarity"}
        assert (one["theme"], one["language"]) == (known[one["text"]].theme, known[one["text"]].language)
        assert -1 <= one["similarity"] <= 1 + 1e-3
    assert [one["similarity"] for one in near] == sorted((one["similarity"] for one in near), reverse=True)


def test_neighbours_come_only_when_asked_for(api: Api) -> None:
    for fields in ({}, {"neighbours": 0}):
        assert "neighbours" not in api.classify("My card was debited two times", **fields)


@pytest.mark.parametrize("row", ROWS[::7], ids=lambda row: row.language)
def test_a_known_text_is_its_own_nearest_neighbour(api: Api, row: Row) -> None:
    (near,) = api.classify(row.text, neighbours=1)["neighbours"]
    assert near["text"] == row.text
    assert near["similarity"] == pytest.approx(1, abs=0.01)


def test_novelty_is_a_share_and_what_is_known_is_less_new(api: Api) -> None:
    known = api.classify(ROWS[0].text)["novelty"]
    strange = api.classify("zqx vjk wpf zzz qqq xjx kvk")["novelty"]
    assert 0 < strange <= known <= 1


def test_a_model_without_labelled_messages_tells_neither_novelty_nor_neighbours(
    settings: Settings, store: SqlStore, model: Model
) -> None:
    bare = replace(model, neighbours=None)
    with serving(create_app(settings, store, load=lambda _: bare)) as api:
        answer = api.classify("My card was debited two times", neighbours=3)
    assert "novelty" not in answer
    assert "neighbours" not in answer


def test_a_stored_complaint_has_no_places_in_its_text(api: Api) -> None:
    """They would be places in another text: what is kept is redacted."""
    taken = api.classify(
        f"I am ravi@example.com. {TWO_ISSUES}", neighbours=2, coverage=0.9, customer_value="high"
    )
    kept = api.get(f"/complaints/{taken['complaint_id']}").json()
    assert "ravi" not in json.dumps(kept)
    said = kept["classification"]
    assert [theme["id"] for theme in said["themes"]] == [theme["id"] for theme in taken["themes"]]
    assert all("spans" not in theme for theme in said["themes"])
    assert set(said).isdisjoint({"evidence", "neighbours", "label_sets", "between"})
    assert "customer_value" not in kept, "it is used and not kept"
    assert (said["novelty"], said["urgency"]) == (taken["novelty"], taken["urgency"])

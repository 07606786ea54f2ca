from __future__ import annotations

import json

import pytest

from service.api.errors import FieldProblem, Problem, invalid_request, problem_of, respond
from service.errors import ComplaintNotFound, TextRejected


def details(**changes: object) -> list[dict[str, object]]:
    return [
        {"type": "string_type", "loc": ("body", "text"), "msg": "Input should be a string", "input": 1}
        | changes
    ]


def test_our_errors_keep_their_code_and_words() -> None:
    told = problem_of(TextRejected("Message 0 has no text."), "r-1")
    assert (told.status, told.code, told.detail, told.request_id) == (
        422,
        "text-rejected",
        "Message 0 has no text.",
        "r-1",
    )
    assert problem_of(ComplaintNotFound("None."), "r").status == 404


def test_type_comes_first_and_empty_errors_are_left_out() -> None:
    bare = json.loads(respond(problem_of(TextRejected("x"), "r")).body)
    assert list(bare) == ["type", "title", "status", "detail", "code", "request_id"]
    full = Problem(
        title="t",
        status=422,
        detail="d",
        code="c",
        request_id="r",
        errors=[FieldProblem(pointer="", detail="d")],
    )
    assert list(json.loads(respond(full).body))[-1] == "errors"


@pytest.mark.parametrize(
    ("location", "pointer"),
    [
        (("body", "text"), "/text"),
        (("body", 3, "text"), "/3/text"),
        (("query", "language"), "/language"),
        (("body", "a/b~"), "/a~1b~0"),
        (("body", "body"), "/body"),
        (("body", "\ud800"), "/\\ud800"),
        (("body",), ""),
        ((), ""),
    ],
)
def test_pointers_are_json_pointers(location: tuple[str | int, ...], pointer: str) -> None:
    assert invalid_request(details(loc=location), "r").errors[0].pointer == pointer


@pytest.mark.parametrize(
    ("location", "value", "shown"),
    [
        (("body", "channel"), "pigeon", True),
        (("body", "text"), "pigeon", False),
        (("body", "customer_id"), "pigeon", False),
        (("body",), "pigeon", False),
        ((), "pigeon", False),
        (("body", "channel"), "pigeon" * 20, False),
        (("body", "channel"), ["pigeon"], False),
    ],
)
def test_a_value_is_shown_only_where_it_is_short_and_no_ones_secret(
    location: tuple[str, ...], value: object, shown: bool
) -> None:
    told = invalid_request(details(loc=location, input=value), "r")
    assert ("pigeon" in told.model_dump_json()) is shown


def test_pydantics_prefix_is_taken_off() -> None:
    told = invalid_request(details(type="value_error", msg="Value error, It is no date"), "r")
    assert told.detail == "/text: It is no date."


def test_the_detail_tells_three_fields_and_errors_all() -> None:
    told = invalid_request([one for name in "abcd" for one in details(loc=("body", name))], "r")
    assert [name for name in "abcd" if f"/{name}:" in told.detail] == ["a", "b", "c"]
    assert len(told.errors) == 4

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator, ValidationError

from service.reports import WeeklyReport, to_json
from service.reports.schema import PUBLISHED, schema_of, written_schema
from service.store import NewComplaint


def test_the_published_schema_is_that_of_the_types() -> None:
    assert PUBLISHED.read_text("utf-8") == written_schema(), "python -m service.reports.schema takes it up"


def test_every_kind_of_report_conforms(
    past: Callable[..., None],
    complain: Callable[..., str],
    rise: list[NewComplaint],
    report: Callable[..., WeeklyReport],
) -> None:
    schema = json.loads(PUBLISHED.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    validator.validate(json.loads(to_json(report())))
    past(more=rise)
    alarming = json.loads(to_json(report()))
    assert alarming["alarms"]["alarms"]
    validator.validate(alarming)
    complain(model="m2")
    held = json.loads(to_json(report()))
    assert held["alarms"]["held"]
    validator.validate(held)


def test_what_does_not_conform_is_refused(report: Callable[..., WeeklyReport]) -> None:
    validator = Draft202012Validator(json.loads(PUBLISHED.read_text("utf-8")))
    made = json.loads(to_json(report()))
    for wrong in (
        made | {"week": "last week"},
        made | {"more": 1},
        {k: v for k, v in made.items() if k != "alarms"},
    ):
        with pytest.raises(ValidationError):
            validator.validate(wrong)


def test_a_type_without_a_schema_is_named() -> None:
    with pytest.raises(TypeError, match=r"set.*schema\.py"):
        schema_of(set[int], {})

"""The OpenAPI document is the one callers know. A change on purpose is taken up by

.venv/bin/python tests/contract/test_openapi.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from service.api.app import create_app
from service.api.errors import MEDIA_TYPE
from service.api.schemas import EXAMPLE, tags
from service.settings import Settings
from service.values import Classification, GivenTheme, Label, Language

SNAPSHOT = Path(__file__).with_name("openapi.json")


def app() -> FastAPI:
    never_used: Any = None
    return create_app(Settings(), never_used)


def written(document: object) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return app().openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_document_is_the_committed_one(document: dict[str, Any]) -> None:
    assert json.loads(written(document)) == json.loads(SNAPSHOT.read_text("utf-8")), (
        "The API changed. If it should, run .venv/bin/python tests/contract/test_openapi.py and commit that."
    )


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert set(document["paths"]) == {
        "/classify", "/classify/batch", "/complaints/{complaint_id}", "/themes", "/healthz", "/readyz",
    }  # fmt: skip


def test_the_tags_of_the_example_are_those_its_labels_would_get() -> None:
    said = EXAMPLE
    labels = {task: Label(said[task]["id"], 1.0) for task in ("kind", "sentiment", "urgency")}
    classification = Classification(
        language=Language(said["language"]["code"], 1.0),
        labels={"theme": Label(said["themes"][0]["id"], 1.0), **labels},
        owner=said["owner"]["id"],
        owner_via="theme",
        respond_by=datetime.now(UTC),
        model_version="m",
        taxonomy_version=1,
        themes=tuple(GivenTheme(theme["id"], 1.0, theme["action"]) for theme in said["themes"]),
    )
    assert said["tags"] == tags(classification)


def test_the_places_in_the_example_lie_in_the_message_of_the_example(document: dict[str, Any]) -> None:
    (sent,) = document["components"]["schemas"]["ComplaintIn"]["examples"]
    spans = [part["span"] for part in EXAMPLE["evidence"]]
    spans += [span for theme in EXAMPLE["themes"] for span in theme["spans"]]
    for start, end in spans:
        part = sent["text"][start:end]
        assert 0 <= start < end <= len(sent["text"])
        assert part == part.strip()


def test_every_schema_is_one_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema.get("description") or schema.get("enum"), f"{name} has no description"
    for reference in references(document):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_example_is_true_to_its_schema(document: dict[str, Any]) -> None:
    checked = []
    for name, schema in document["components"]["schemas"].items():
        examples = [*schema.get("examples", []), *([schema["example"]] if "example" in schema else [])]
        for example in examples:
            whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            Draft202012Validator(whole).validate(example)
            checked.append(name)
    assert {"ComplaintIn", "ClassificationOut", "Problem"} <= set(checked)


def test_the_examples_have_every_field_that_is_always_there(document: dict[str, Any]) -> None:
    for name in ("ClassificationOut", "Problem"):
        schema = document["components"]["schemas"][name]
        example = [*schema.get("examples", []), schema.get("example")][0]
        assert set(schema["required"]) <= set(example) <= set(schema["properties"])


def test_every_error_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    problem = {"$ref": "#/components/schemas/Problem"}
    for path, method, operation in operations(document):
        errors = {status: one for status, one in operation["responses"].items() if status >= "400"}
        for status, response in errors.items():
            assert response["content"] == {MEDIA_TYPE: {"schema": problem}}, (
                path, method, status,
            )  # fmt: skip
        if "requestBody" in operation:
            assert set(errors) == {"400", "413", "415", "422", "500", "503"}
        assert operation["summary"]
        assert operation["description"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


if __name__ == "__main__":
    SNAPSHOT.write_text(written(app().openapi()), "utf-8")

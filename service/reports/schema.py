"""The JSON Schema of the report's JSON, made from its types. A change on purpose is taken up by

.venv/bin/python -m service.reports.schema
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from service.reports.render import JSON_FORMAT
from service.reports.report import Tally, WeeklyReport
from service.values import Week

PUBLISHED = Path(__file__).with_name("report.schema.json")

PLAIN: Mapping[Any, dict[str, Any]] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: {"type": "string"},
    type(None): {"type": "null"},
    date: {"type": "string", "format": "date"},
    datetime: {"type": "string", "format": "date-time"},
    Week: {"type": "string", "pattern": "^[0-9]{4}-W[0-9]{2}$"},
}


def report_schema() -> dict[str, Any]:
    """The schema, draft 2020-12, of what `to_json` writes."""
    definitions: dict[str, Any] = {}
    schema_of(WeeklyReport, definitions)
    report: dict[str, Any] = definitions.pop(WeeklyReport.__name__)
    report["properties"]["format"] = {"const": JSON_FORMAT}
    report["required"] = sorted(report["properties"])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Firyad weekly report"}
    return head | report | {"$defs": definitions}


def schema_of(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type of the report; the values it is made of go into `definitions`."""
    if kind in PLAIN:
        return PLAIN[kind]
    if is_dataclass(kind):
        return defined(kind, definitions)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return {"type": "array", "items": schema_of(arguments[0], definitions)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": schema_of(arguments[1], definitions)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(one, definitions) for one in arguments]}
    raise TypeError(f"{kind} has no JSON Schema here. Add it to service/reports/schema.py.")


def defined(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """A reference to the definition of a value type; it is made where there is none."""
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}  # before its fields are looked at: a theme has themes
        hints = get_type_hints(kind)
        properties = {field.name: schema_of(hints[field.name], definitions) for field in fields(kind)}
        if kind is Tally:
            properties |= {"change": PLAIN[int], "percent": {"anyOf": [PLAIN[float], PLAIN[type(None)]]}}
        definitions[name] = {
            "type": "object",
            "description": (kind.__doc__ or "").split("\n\n")[0],
            "properties": properties,
            "required": sorted(properties),
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{name}"}


def written_schema() -> str:
    """The schema as it is published."""
    return json.dumps(report_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    PUBLISHED.write_text(written_schema(), "utf-8")

"""The report as a page, Markdown, JSON and CSV. Quotes are other people's words: they are always escaped."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from service.reports import words
from service.reports.charts import weekly_volume
from service.reports.report import Tally, WeeklyReport
from service.reports.table import to_csv
from service.values import Week

JSON_FORMAT = 2
"""2 has the alarms; report.schema.json describes it."""
MINUS = "−"
MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]|~#$])")
MARKDOWN_LINKS = re.compile(r"(?i)(https?|ftp)(:)|(www)(\.)")


def write(report: WeeklyReport, directory: Path) -> list[Path]:
    """The files written, <week>.html, .md, .json, .csv: each appears whole, and replaces an earlier one."""
    directory.mkdir(parents=True, exist_ok=True)
    pages = {
        "html": to_html(report),
        "md": to_markdown(report),
        "json": to_json(report),
        "csv": to_csv(report.alarms),
    }
    return [replace_file(directory / f"{report.week}.{suffix}", text) for suffix, text in pages.items()]


def replace_file(path: Path, text: str) -> Path:
    """The path, now with this text: a reader sees the old file or the new one, never a part."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def to_html(report: WeeklyReport) -> str:
    """One page that needs nothing else: no script, no font, no image from anywhere."""
    charts = {
        name: Markup(svg) for name, svg in weekly_volume(report).items()
    }  # ours: numbers and week names
    return templates().get_template("report.html.j2").render(report=report, charts=charts)


def to_markdown(report: WeeklyReport) -> str:
    """The same report as GitHub-flavoured Markdown."""
    return templates().get_template("report.md.j2").render(report=report)


def to_json(report: WeeklyReport) -> str:
    """The same numbers as JSON with sorted keys; weeks as 2026-W46, times in ISO 8601."""
    values = plain(report) | {"format": JSON_FORMAT}
    return json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def plain(value: Any) -> Any:
    """The value as JSON knows it."""
    if isinstance(value, Week):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if is_dataclass(value):
        found = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return (
            found | {"change": value.change, "percent": value.percent} if isinstance(value, Tally) else found
        )
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


@cache
def templates() -> Environment:
    """The templates, ready: everything put into HTML is escaped, unknown names are errors."""
    environment = Environment(
        loader=PackageLoader("service.reports"),
        autoescape=lambda name: name is None or not name.endswith(".md.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "day": day,
        "markdown": markdown,
        "number": number,
        "one_decimal": one_decimal,
        "percent": percent,
        "share": share,
        "signed": signed,
    }
    environment.globals |= {"last_day": last_day, "direction": direction, "words": words}
    return environment


def markdown(text: object) -> str:
    """The text as Markdown that shows it as it is: on one line, no markup, no HTML, no link made of it."""
    line = escape(" ".join(str(text).split()), quote=False)
    return MARKDOWN_LINKS.sub(r"\1\3\\\2\4", MARKDOWN_SIGNS.sub(r"\\\1", line))


def number(count: int) -> str:
    """1234 as 1,234."""
    return f"{count:,}"


def one_decimal(value: float) -> str:
    """1234.56 as 1,234.6."""
    return f"{value:,.1f}"


def signed(count: int) -> str:
    """The change with its sign: +12, −3, 0."""
    return f"{count:+,}".replace("-", MINUS) if count else "0"


def percent(value: float | None) -> str:
    """The change in percent with its sign; a dash where there was nothing to compare with."""
    return "–" if value is None else f"{signed(half_up(value))} %"


def half_up(value: float) -> int:
    """The nearest whole number, halves away from zero: what a reader with a pocket calculator expects."""
    return int(abs(value) + 0.5) * (1 if value > 0 else -1)


def share(part: float) -> str:
    """A part of the whole in percent: 0.254 as 25 %."""
    return "<1 %" if 0 < part < 0.01 else f"{half_up(100 * part)} %"


def direction(change: int) -> str:
    """The change in a word, so that no arrow or colour is needed to read it."""
    return "no change" if change == 0 else "more" if change > 0 else "fewer"


def day(moment: date) -> str:
    """9 November 2026."""
    return f"{moment.day} {moment:%B %Y}"


def last_day(week: Week) -> date:
    """The week's Sunday."""
    return week.monday + timedelta(days=6)

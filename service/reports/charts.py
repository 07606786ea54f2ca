"""Charts as SVG, to be put into the page: colours are the page's own, so that they follow light and dark."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from service.reports.report import WeeklyReport
from service.values import Week

VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
FONT = "system-ui, sans-serif"
INK, MUTED, BAR, THIS_WEEK = "var(--ink)", "var(--muted)", "var(--bar)", "var(--accent)"


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Size:
    """How one drawing of the chart is laid out, in pixels; `days` also writes each week's Monday."""

    name: str
    width: int
    height: int
    font: int
    days: bool


SIZES = (Size("wide", 860, 190, 13, days=True), Size("narrow", 340, 150, 11, days=False))


def weekly_volume(report: WeeklyReport) -> dict[str, str]:
    """The chart of complaints a week as SVG, by the name of its size: the page shows the one that fits."""
    return {size.name: described(draw(report, size), report=report, size=size) for size in SIZES}


def draw(report: WeeklyReport, size: Size) -> str:
    """The chart as Vega draws it. No address is allowed, so it needs no network."""
    specification = json.dumps(volume_chart(report, size).to_dict())
    svg: str = vl_convert.vegalite_to_svg(specification, vl_version=VEGA_LITE, allowed_base_urls=[])
    return svg


def volume_chart(report: WeeklyReport, size: Size) -> alt.LayerChart:
    """One bar a week with its number above it; this week's in another colour and in bold."""
    rows = alt.InlineData(values=bars(report, days=size.days))
    weeks = alt.X(
        "week:O", sort=None, title=None, axis=week_axis(report, size), scale=alt.Scale(paddingInner=0.2)
    )
    counts = alt.Y("count:Q", axis=None)
    marked = alt.condition("datum.this_week", alt.value(THIS_WEEK), alt.value(BAR))
    volume = alt.Chart(rows).mark_bar(aria=False).encode(x=weeks, y=counts, color=marked)
    weight = alt.expr("datum.this_week ? 'bold' : 'normal'")
    number = (
        alt.Chart(rows)
        .mark_text(aria=False, baseline="bottom", dy=-3, fill=INK, fontSize=size.font, fontWeight=weight)
        .encode(x=weeks, y=counts, text="label:N")
    )
    chart = alt.layer(volume, number).properties(
        width=size.width, height=size.height, background="transparent"
    )
    finished: alt.LayerChart = chart.configure(font=FONT).configure_view(stroke=None)
    return finished


def week_axis(report: WeeklyReport, size: Size) -> alt.Axis:
    """The weeks' names below the bars, this week's in bold."""
    this_week = f"datum.value === '{week_label(report.week, days=size.days)}'"
    return alt.Axis(
        labelExpr="split(datum.label, '|')",
        labelAngle=0,
        labelColor=MUTED,
        labelFontSize=size.font,
        labelFontWeight=alt.condition(this_week, alt.value("bold"), alt.value("normal")),
        labelOverlap=False,
        labelPadding=6,
        ticks=False,
        domainColor=MUTED,
    )


def bars(report: WeeklyReport, *, days: bool) -> list[dict[str, Any]]:
    """One row a week; before the first complaint there is a dash for a number."""
    return [
        {
            "week": week_label(week, days=days),
            "count": count,
            "label": number_label(week, count, report=report),
            "this_week": week == report.week,
        }
        for week, count in zip(report.weeks, report.total.series, strict=True)
    ]


def week_label(week: Week, *, days: bool) -> str:
    """The week's number, and below it (after the bar) the day it begins."""
    monday = week.monday
    return f"W{week.number:02d}|{monday.day} {MONTHS[monday.month - 1]}" if days else f"W{week.number:02d}"


def number_label(week: Week, count: int, *, report: WeeklyReport) -> str:
    """The number above a bar."""
    return "–" if report.first_week is None or week < report.first_week else f"{count:,}"


def described(svg: str, *, report: WeeklyReport, size: Size) -> str:
    """The SVG as one image with a title and a description that says its numbers."""
    ids = f"volume-title-{size.name}", f"volume-text-{size.name}"
    said = ", ".join(f"{week} {count}" for week, count in zip(report.weeks, report.total.series, strict=True))
    words = f'<title id="{ids[0]}">Complaints a week</title><desc id="{ids[1]}">{said}.</desc>'
    head, body = svg.split(">", 1)
    return f'{head} role="img" aria-labelledby="{ids[0]} {ids[1]}">{words}{body}'

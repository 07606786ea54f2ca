"""The weekly report: what was counted, and what of it is more than chance.

Reading path: `build_report → ThemeLines → choose_quotes`, `week_alarms → judge → AlarmLines`, then
`write → to_html, to_markdown, to_json, to_csv`; the alarms' sentences are in words.py."""

from service.reports.build import build_report
from service.reports.names import TaxonomyView
from service.reports.render import to_html, to_json, to_markdown, write
from service.reports.report import WeeklyReport
from service.reports.table import to_csv
from service.reports.words import summary

__all__ = [
    "TaxonomyView",
    "WeeklyReport",
    "build_report",
    "summary",
    "to_csv",
    "to_html",
    "to_json",
    "to_markdown",
    "write",
]

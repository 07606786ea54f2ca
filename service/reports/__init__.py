"""The weekly report: what was counted, never what it means.

Reading path: `build_report → ThemeLines → choose_quotes`, then `write → to_html, to_markdown, to_json`."""

from service.reports.build import build_report
from service.reports.names import TaxonomyView
from service.reports.render import to_html, to_json, to_markdown, write
from service.reports.report import WeeklyReport

__all__ = ["TaxonomyView", "WeeklyReport", "build_report", "to_html", "to_json", "to_markdown", "write"]

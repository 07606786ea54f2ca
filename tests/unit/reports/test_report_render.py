from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from service.reports import WeeklyReport, to_html, to_json, to_markdown, write
from service.reports.charts import weekly_volume
from service.reports.render import markdown, percent, share, signed
from service.values import Week

WEEK = Week(2026, 46)
LAST = WEEK.plus(-1)
WEDNESDAY = datetime(2026, 11, 11, 9, tzinfo=UTC)

Complain = Callable[..., str]
Report = Callable[..., WeeklyReport]

VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """The page's tags, checked to be closed in order, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def page(report: Report, complain: Complain) -> Page:
    complain("नमस्ते, दो बार पैसे कटे", language="hi", urgency="critical")
    complain("What is this fee?", theme="billing", owner="legacy")
    complain(week=LAST)
    return Page(to_html(report()))


def test_the_page_needs_nothing_else(page: Page) -> None:
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.tags}
    for _, attrs in page.tags:
        assert not {"src", "srcset", "style", "onload", "onclick"} & attrs.keys()
        assert (attrs.get("href") or "#").startswith("#")
    (policy,) = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv")]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_the_page_can_be_read_aloud(page: Page) -> None:
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert len(page.all("caption")) == len(page.all("table")) == 6
    assert all(attrs.get("scope") for attrs in page.all("th"))
    assert all(attrs.get("role") == "img" or attrs.get("aria-hidden") for attrs in page.all("svg"))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_a_quote_says_its_language_and_finds_its_direction(page: Page) -> None:
    assert {"dir": "auto", "lang": "hi"} in page.all("p")
    assert "Hindi · email · 9 November 2026 · urgency critical · Charged twice" in page.text


@pytest.mark.parametrize("render", [to_html, to_markdown])
def test_a_partial_week_is_told(
    render: Callable[[WeeklyReport], str], report: Report, complain: Complain
) -> None:
    complain()
    complain(week=LAST)
    said = render(report(generated_at=WEDNESDAY))
    assert "This week is not complete." in said
    assert "11 November 2026, 09:00 UTC" in said


@pytest.mark.parametrize("render", [to_html, to_markdown])
def test_every_kind_of_week_can_be_written(
    render: Callable[[WeeklyReport], str], report: Report, complain: Complain
) -> None:
    assert "The store holds no complaints yet." in render(report())
    complain()
    first = render(report())
    assert "This is the first week with data." in first
    assert "A dash stands for weeks before the first complaint (2026-W46)." in first
    assert "There are no complaints of last week" in render(report(WEEK.plus(2)))
    assert "No complaints this week." in render(report(WEEK.plus(1)))
    complain(week=LAST, model="m2")
    assert "More than one model or taxonomy" in render(report())
    assert "No theme has more or fewer complaints than last week." in render(report())


HOSTILE = "</p><script>alert(1)</script><img src=x onerror=alert(2)> & \"'{{ 7*7 }}"


def test_html_in_a_quote_or_a_label_is_only_text(report: Report, complain: Complain) -> None:
    complain(
        HOSTILE, theme="<b>t", owner="<b>o", channel="<b>c", language='"><b>l', urgency="<b>u", model="<b>m"
    )
    html = to_html(report())
    page = Page(html)
    assert HOSTILE in page.text
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    assert not any(f"<b>{letter}" in html for letter in "toclum")


def test_markdown_in_a_quote_is_only_text(report: Report, complain: Complain) -> None:
    complain(
        "# Big | `code` *bold* <b>x</b>\n- list\n[link](http://x.example) www.y.example\\",
        theme="a|b",
        channel="c|d",
    )
    text = to_markdown(report())
    expected = (
        r"> “\# Big \| \`code\` \*bold\* &lt;b&gt;x&lt;/b&gt; - list "
        r"\[link\](http\://x.example) www\.y.example\\”"
    )
    assert expected in text.splitlines()
    for table in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        columns = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(columns) == 1


def test_markdown_tables_stand_alone_and_numbers_are_right(report: Report, complain: Complain) -> None:
    for _ in range(3):
        complain(urgency="high")
    complain(week=LAST)
    lines = to_markdown(report()).splitlines()
    assert "- **+2** (+200 %) from last week’s 1" in lines
    assert r"| Up | Billing: Charged twice (billing.double\_charge) | 3 | 1 | +2 | +200 % |" in lines
    assert "| Finance team (finance) | 3 | 0 | 3 | 0 | 0 |" in lines
    for before, line in pairwise(lines):
        assert not line.startswith("|") or before.startswith("|") or before == ""


def test_json_has_sorted_keys_and_iso_dates(report: Report, complain: Complain) -> None:
    complain("ధన్యవాదాలు")
    text = to_json(report())
    read = json.loads(text)
    assert text == json.dumps(read, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    assert (read["format"], read["week"], read["generated_at"]) == (
        2,
        "2026-W46",
        "2026-11-16T06:00:00+00:00",
    )
    assert read["total"]["count"] == read["total"]["change"] == 1
    assert read["total"]["percent"] is None
    quote = read["themes"][0]["quotes"][0]
    assert (quote["text"], quote["received_on"], quote["theme"]) == (
        "ధన్యవాదాలు",
        "2026-11-09",
        "billing.double_charge",
    )


def test_a_second_run_writes_the_same_files(report: Report, complain: Complain, tmp_path: Path) -> None:
    complain()
    complain(week=LAST, theme="delivery")
    paths = write(report(), tmp_path / "reports")
    assert [path.name for path in paths] == ["2026-W46.html", "2026-W46.md", "2026-W46.json", "2026-W46.csv"]
    before = [path.read_bytes() for path in paths]
    write(report(), tmp_path / "reports")
    assert [path.read_bytes() for path in paths] == before
    assert sorted((tmp_path / "reports").iterdir()) == sorted(paths)


def test_only_the_time_differs_when_made_later(report: Report, complain: Complain) -> None:
    complain()
    early, late = (to_html(report(generated_at=datetime(2026, 11, 16, hour, tzinfo=UTC))) for hour in (6, 7))
    assert early.replace("06:00:00", "07:00:00") == late


def test_charts_are_images_with_words_and_the_pages_own_colours(report: Report, complain: Complain) -> None:
    complain()
    charts = weekly_volume(report())
    assert set(charts) == {"wide", "narrow"}
    for svg in charts.values():
        root = ElementTree.fromstring(svg)
        assert root.get("role") == "img"
        assert "2026-W46 1." in str(root[1].text)
        assert "var(--accent)" in svg
        assert "clip-path" not in svg


@pytest.mark.parametrize(("change", "said"), [(12, "+12"), (-3, "−3"), (0, "0"), (-1234, "−1,234")])
def test_changes_carry_their_sign(change: int, said: str) -> None:
    assert signed(change) == said


def test_percents_round_as_a_reader_would() -> None:
    assert [percent(value) for value in (12.5, -12.5, 0.2, None)] == ["+13 %", "−13 %", "0 %", "–"]
    assert [share(part) for part in (0.0, 0.004, 0.125, 1.0)] == ["0 %", "<1 %", "13 %", "100 %"]


def test_markdown_keeps_plain_words_plain() -> None:
    assert markdown("ఫిర్యాదు: the bill, 5.00 (five)") == "ఫిర్యాదు: the bill, 5.00 (five)"


@pytest.mark.parametrize(
    ("count", "says"),
    [
        (0, None),
        (1, "1 message of praise is not counted"),
        (2, "2 messages of praise are not counted"),
    ],
)
def test_praise_has_a_line_of_its_own(
    report: Report, complain: Complain, count: int, says: str | None
) -> None:
    complain()
    for _ in range(count):
        complain("I love your service", kind="praise")
    made = report()
    for text in (Page(to_html(made)).text, to_markdown(made)):
        assert (says or "") in text
        assert ("of praise" in text) is bool(count)
        assert "but for those whose kind is praise" in text
        assert "I love your service" not in text
    assert json.loads(to_json(made))["praise"] == count

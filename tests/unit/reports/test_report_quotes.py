from __future__ import annotations

from collections.abc import Callable

import pytest

from service.reports import WeeklyReport
from service.reports.quotes import cut, same_words

Complain = Callable[..., str]
Report = Callable[..., WeeklyReport]


def quoted(report: WeeklyReport) -> list[str]:
    return [quote.text for quote in report.themes[0].quotes]


def test_quotes_are_the_likeliest_one_of_each_text_at_most_three(report: Report, complain: Complain) -> None:
    complain("I was charged twice for order 17.", probability=0.8)
    complain("I WAS CHARGED TWICE, for order 99!", probability=0.9)
    complain("Money is missing from my account.", probability=0.7)
    complain("Please return my second payment.", probability=0.6)
    complain("Nobody answers the telephone.", probability=0.5)
    assert quoted(report()) == [
        "I WAS CHARGED TWICE, for order 99!",
        "Money is missing from my account.",
        "Please return my second payment.",
    ]


def test_quotes_come_from_several_languages_and_days(report: Report, complain: Complain) -> None:
    complain("I was charged twice.", probability=0.9)
    complain("Money is missing from my account.", probability=0.8)
    complain("Please return my second payment.", probability=0.7, day=3)
    complain("నా డబ్బు తిరిగి ఇవ్వండి", probability=0.1, language="te")
    assert quoted(report()) == [
        "I was charged twice.",
        "నా డబ్బు తిరిగి ఇవ్వండి",
        "Please return my second payment.",
    ]


def test_a_theme_is_quoted_from_several_subthemes(report: Report, complain: Complain) -> None:
    complain("I was charged twice.", probability=0.9)
    complain("Money is missing from my account.", probability=0.8)
    complain("My refund never came.", theme="billing.refund", probability=0.5)
    quotes = report().themes[0].quotes
    assert [quote.theme_name for quote in quotes] == ["Charged twice", "Refund", "Charged twice"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("My card was charged twice!", "my card was charged twice 2026", True),
        ("同一笔订单被扣了两次款", "同一笔订单被扣了两次款。", True),
        ("同一笔订单被扣了两次款", "包裹已经迟到九天了", False),
        ("Late", "Rude", False),
        ("????", "!!", True),
    ],
)
def test_texts_that_say_the_same(one: str, other: str, same: bool) -> None:
    assert same_words(one, other) is same


def test_a_short_text_is_whole_and_on_one_line() -> None:
    assert cut("  Two\nlines,\tand \u202eturned\u202c. ") == "Two lines, and turned ."


def test_a_long_text_is_cut_after_a_word() -> None:
    assert cut("one two, three", characters=10) == "one two…"
    assert cut("one two three", characters=7) == "one two…"
    assert len(cut("word " * 100)) <= 241


def test_a_text_without_spaces_is_cut_between_whole_characters() -> None:
    assert cut("包裹已经迟到九天了", characters=4) == "包裹已经…"
    assert cut("కొకొకొ", characters=3) == "కొ…"
    assert cut("aa👍🏽bb", characters=3) == "aa…"
    assert cut("é" + "\u0301" * 50, characters=10).endswith("…")

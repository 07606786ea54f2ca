from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pytest
from markdown_it import MarkdownIt

from service.classify.centring import Centring
from service.classify.topics import Topic, TopicIndex
from training.card import render_card
from training.evaluate.metrics import evaluate
from training.topics.fit import FittedTopics

JUDGED = evaluate(
    np.array(["a|b", "<i>c</i>", "a|b"]),
    np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]),
    labels=["a|b", "<i>c</i>"],
    languages=["te", "ne", "te"],
)
TRIAL = {"name": "discriminant analysis on vectors", "accuracy": 0.5, "log_loss": 0.7, "weight": 0.0}
METRICS: dict[str, Any] = {
    "theme": {
        "source": "data",
        "training_rows": 40,
        "left_out": {"rare_label*": 2},
        "refitted": True,
        "cross_validation": {"accuracy": 0.8, "trials": [TRIAL, TRIAL | {"weight": 0.25}]},
        "baselines": {"TF-IDF": {"n": 3, "accuracy": 0.6, "macro_f1": 0.5}},
        "validation": JUDGED,
        "test": JUDGED,
    },
    "kind": {
        "source": "starter",
        "training_rows": 30,
        "left_out": {},
        "refitted": False,
        "cross_validation": {"accuracy": 1.0, "trials": []},
        "baselines": {},
    },
}
MANIFEST: dict[str, Any] = {
    "version": "2026.47-abc",
    "created_at": "2026-11-21T10:00:00+00:00",
    "seed": 5,
    "data": {"files": ["my_rows_2026.csv"], "rows": 43, "bad_rows": 2, "sha256": "d" * 64},
    "split": {"rule": "time", "train": 40, "parts": {"test": 3}, "dropped": 1},
    "time_window": {"first": "2026-01-05T00:00:00+00:00", "last": "2026-11-20T00:00:00+00:00"},
    "labels": {"theme": ["a|b", "<i>c</i>"], "kind": ["complaint"]},
    "settings_sha256": "5" * 64,
    "code": {"sha256": "c" * 64},
    "encoder": {"source": "bundled", "dimension": 384, "max_tokens": 512},
}
TOPICS = FittedTopics(
    TopicIndex(
        [Topic("t-0001", 30, 0.5, {"en": ["late", "parcel"], "te": ["ఆలస్యం"]}, ["x"])],
        np.zeros((1, 4), dtype=np.float32),
        Centring(np.zeros(4, dtype=np.float32), {}),
    ),
    0.125,
)


def html(card: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(card))


@pytest.fixture
def card() -> str:
    return render_card(MANIFEST, METRICS, TOPICS)


@pytest.mark.parametrize("topics", [TOPICS, None])
@pytest.mark.parametrize("undated", [True, False])
def test_every_table_is_one_and_nothing_is_left_unrendered(
    topics: FittedTopics | None, undated: bool
) -> None:
    manifest = MANIFEST | ({"time_window": None} if undated else {})
    card = render_card(manifest, METRICS, topics)
    page = html(card)
    assert page.count("<table>") == len(re.findall(r"^\|---", card, re.M)) >= 7
    assert not re.search(r"\|[ -]*\||\{\{|\{%|\*\*|None|Undefined", re.sub(r"<t[dh]>.*?</t[dh]>", "", page))
    lines = card.splitlines()
    rules = [number for number, line in enumerate(lines) if line.startswith("|---")]
    assert {lines[number - 2] for number in rules} == {""}, "some readers need a blank line before a table"
    assert "\n\n\n" not in card
    assert card.endswith("\n")


def test_a_manager_finds_the_figures_first(card: str) -> None:
    summary = html(card.partition("## How it was judged")[0])
    assert "<td>66.7 % of 3</td>" in summary
    assert "<td>not judged: no rows were held out</td>" in summary
    assert "<td>the starter corpus</td>" in summary
    assert "2 bad rows left out" in summary
    assert "dated 2026-01-05 to 2026-11-20" in summary


def test_every_head_has_its_section_with_its_rows_in_order(card: str) -> None:
    headings = re.findall(r"<h2>(.*?)</h2>", html(card))
    assert headings == ["In short", "How it was judged", "Theme", "Kind", "Topics", "To make it again"]
    theme = html(card.partition("## Theme")[2].partition("## Kind")[0])
    first_table = theme.partition("</table>")[0]
    assert re.findall(r"<tr>\n<td>(.*?)</td>", first_table) == [
        "cross-validation on training rows",
        "<strong>validation</strong>",
        "<strong>test</strong>",
        "TF-IDF (test)",
    ]
    assert "Left out, for too few rows: rare_label* (2)." in theme
    assert "<td>0.25</td>" in theme
    assert "<td>–</td>" in theme
    kind = html(card.partition("## Kind")[2].partition("## Topics")[0])
    assert "fitted on the starter corpus" in kind
    assert kind.count("<table>") == 1


def test_labels_are_shown_as_they_are_written(card: str) -> None:
    page = html(card)
    assert "<td>a|b</td>" in page
    assert "<td>&lt;i&gt;c&lt;/i&gt;</td>" in page
    assert "my_rows_2026.csv" in page


def test_topics_are_told_in_their_languages(card: str) -> None:
    assert "<td>en: late, parcel; te: ఆలస్యం</td>" in html(card)
    assert "12.5 % of the rows lie in none" in card
    assert "too small" in render_card(MANIFEST, METRICS, None)


def test_copies_of_training_rows_are_told_where_there_are_any() -> None:
    def card(n: int, without: float | None) -> str:
        copies = {"near_duplicates_of_training": {"n": n, "accuracy_without": without}}
        return render_card(
            MANIFEST, METRICS | {"theme": METRICS["theme"] | {"test": JUDGED | copies}}, TOPICS
        )

    told = html(card(2, 0.5))
    assert "2 of the 3 test rows have a near-duplicate among the rows learned from" in told
    assert "the accuracy without them is 0.5." in told
    assert told.count("<table>") == html(card(0, 0.66)).count("<table>")
    assert "no others are left" in card(3, None)
    assert "near-duplicate among the rows learned from (or" not in card(0, 0.66)


def owner_card(*, used: bool, compared_on: str = "test") -> str:
    compared = {"rules_accuracy": 0.5 if used else 0.875, "compared_on": compared_on, "used": used}
    owner = METRICS["kind"] | {"source": "data"} | compared
    owner |= {compared_on: JUDGED} if compared_on != "cross_validation" else {}
    labels = MANIFEST["labels"] | ({"owner": ["desk", "billing"]} if used else {})
    return render_card(MANIFEST | {"labels": labels}, METRICS | {"owner": owner}, TOPICS)


def test_an_owner_head_that_beats_the_rules_is_said_to_serve() -> None:
    card = " ".join(owner_card(used=True).split())
    assert "| owner | the data | 2 | 66.7 % of 3 |" in card
    assert (
        "On the test rows the head names the owner right for 66.7 % and the taxonomy's rules (routes, then "
        "the owner of the row's own theme) for 50.0 %: the head serves, and only a route goes before it."
    ) in card
    assert "on test rows, but for whether the owner head serves: members" in card


def test_an_owner_head_that_does_not_is_said_to_be_left_out() -> None:
    card = " ".join(owner_card(used=False).split())
    assert "| owner | the taxonomy's rules | – | 87.5 % of 3, given the right theme |" in card
    assert "for 87.5 %: the head is not used, and the rules name the owner." in card


def test_the_rows_owners_were_compared_on_are_named() -> None:
    crossed = owner_card(used=False, compared_on="cross_validation")
    assert "In cross-validation the head names the owner right for 100.0 %" in crossed
    assert "87.5 % of 30, given the right theme" in crossed
    assert "On the validation rows the head" in owner_card(used=True, compared_on="validation")
    assert "owner head serves" not in crossed


def test_a_card_without_an_owner_column_says_nothing_of_rules(card: str) -> None:
    assert "the taxonomy's rules" not in card


def test_the_card_says_which_figures_are_honest(card: str) -> None:
    assert "slightly optimistic" in card
    assert "The test figures are the honest ones." in card


def test_rendering_changes_nothing_it_was_given() -> None:
    manifest, metrics = copy.deepcopy(MANIFEST), copy.deepcopy(METRICS)
    render_card(manifest, metrics, TOPICS)
    assert (manifest, metrics) == (MANIFEST, METRICS)

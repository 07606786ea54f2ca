"""The starter corpus keeps what data/README.md promises of it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from service.classify.urgency import read_policy
from service.records import check_rows, read_rows
from service.records.check import NO_REASON
from service.taxonomy import NO_THEME, read_taxonomy
from service.text import detect_language

DATA = Path(__file__).parents[2] / "data"
TAXONOMY = read_taxonomy(DATA / "taxonomy.yaml")
POLICY = read_policy(DATA / "urgency.yaml", list(TAXONOMY.urgencies))
FILES = sorted((DATA / "starter").glob("*.jsonl"))
SUB_THEMES = {theme for theme, parent in TAXONOMY.parents.items() if parent is not None}
ALLOWED = {task: labels for task, labels in TAXONOMY.labels().items() if task != "owner"}
ALLOWED |= {"reasons": tuple(POLICY.reasons)}
KEYS = {"text", "language", "kind", "theme", "sentiment", "urgency", "reasons", "channel", "group"}

Rows = list[dict[str, str | None]]


def rows_of(file: Path) -> Rows:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_every_starter_language_of_the_taxonomy_has_a_file() -> None:
    assert {file.stem for file in FILES} == set(TAXONOMY.languages)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_row_of_a_file_is_whole_and_labelled_with_the_taxonomy(file: Path) -> None:
    rows = rows_of(file)

    assert check_rows(read_rows(file), allowed=ALLOWED).bad_rows == ()
    assert len(rows) >= 450
    for row in rows:
        assert set(row) - {"second_theme"} == KEYS
        assert row["language"] == file.stem
        assert row["channel"] in TAXONOMY.channels
        assert row["theme"] in SUB_THEMES | {NO_THEME}
        if "second_theme" in row:
            assert row["second_theme"] in SUB_THEMES - {row["theme"]}
    by_theme = Counter(row["theme"] for row in rows)
    assert {theme for theme in SUB_THEMES if by_theme[theme] < 6} == set()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_row_says_what_makes_it_urgent_and_only_an_urgent_one_names_something(file: Path) -> None:
    urgent = {reason.at_least for reason in POLICY.reasons.values()}
    unmarked, wrong = [], []
    for row in rows_of(file):
        written = row.get("reasons")
        if not written:
            unmarked.append(row["group"])
        elif written != NO_REASON:
            names = written.split()
            known = set(names) <= set(POLICY.reasons) and len(set(names)) == len(names)
            if not known or row["urgency"] not in urgent:
                wrong.append((row["group"], row["urgency"], written))

    assert (unmarked[:10], wrong[:10]) == ([], [])


@pytest.mark.parametrize("name", POLICY.reasons)
def test_every_reason_is_stated_in_most_languages(name: str) -> None:
    """A reason known from a few languages alone would be learned as a matter of those."""
    languages = {
        file.stem
        for file in FILES
        if any(name in (row.get("reasons") or "").split() for row in rows_of(file))
    }
    assert len(languages) > len(FILES) / 2


def test_no_text_and_no_group_occurs_twice() -> None:
    rows = [row for file in FILES for row in rows_of(file)]

    assert [text for text, count in Counter(row["text"] for row in rows).items() if count > 1] == []
    assert [group for group, count in Counter(row["group"] for row in rows).items() if count > 1] == []


@pytest.mark.training
def test_no_two_texts_are_near_duplicates() -> None:
    duplicates = pytest.importorskip("training.corpus.duplicates", reason="needs the training extra")
    rows = [row for file in FILES for row in rows_of(file)]

    groups = duplicates.duplicate_groups([row["text"] for row in rows], similarity=0.7)

    repeated = {group for group, count in Counter(groups.tolist()).items() if count > 1}
    assert [rows[place]["group"] for place, group in enumerate(groups) if group in repeated] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_language_identification_agrees_with_the_file(file: Path) -> None:
    """Texts in their own script and of some length: a few words or romanised Telugu say too little."""
    long_enough = 12 if file.stem in {"zh"} else 40
    texts = [str(row["text"]) for row in rows_of(file) if len(str(row["text"])) >= long_enough]
    native = {"te", "ne", "hi", "bn", "ta", "ar", "zh"}
    if file.stem in native:
        texts = [text for text in texts if sum(ch > "\u0530" for ch in text) > len(text) / 2]
    agreeing = [detect_language(text).code == file.stem for text in texts]

    assert sum(agreeing) / len(agreeing) >= 0.95

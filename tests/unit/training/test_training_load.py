from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("datasketch", reason="needs the training extra: pip install firyad[training]")

from service.classify.files import sha256_file
from service.errors import TooFewRows
from service.taxonomy import Taxonomy, read_taxonomy
from training.corpus.load import Corpus, load_corpus
from training.corpus.meanings import theme_meanings
from training.encoders.cache import CachedEncoder
from training.heads.fit import MEANING
from training.settings import TrainingSettings

pytestmark = pytest.mark.training

TEXTS = (
    "charged twice for one ticket",
    "the parcel has not come",
    "a fee nobody told me about",
    "driver left it in the rain",
    "wrong amount on my bill",
    "box was open and empty",
    "you renewed without asking",
    "two weeks late already",
    "where is my invoice",
    "delivered to a neighbour",
)

Load = Callable[..., tuple[Corpus, Taxonomy]]


@pytest.fixture
def load(tmp_path: Path, taxonomy: Taxonomy, settings: TrainingSettings) -> Load:
    settings = replace(settings, minimum_rows_per_task=5)

    def loaded(
        rows: Sequence[Mapping[str, str]], columns: Mapping[str, str] | None = None, **changes: object
    ) -> tuple[Corpus, Taxonomy]:
        path = tmp_path / "rows.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        chosen = replace(settings, **changes)  # type: ignore[arg-type]
        return load_corpus(path, taxonomy=taxonomy, columns=columns or {}, encoding=None, settings=chosen)

    return loaded


def themed(themes: Sequence[str]) -> list[dict[str, str]]:
    return [{"text": text, "theme": theme} for text, theme in zip(TEXTS, themes, strict=True)]


def test_an_unknown_theme_is_a_bad_row_that_names_the_nearest(load: Load) -> None:
    corpus, found = load(themed(["billing", "delivery"] * 4 + ["biling", "weather"]))
    assert [(bad.line, bad.column) for bad in corpus.bad_rows] == [(10, "theme"), (11, "theme")]
    assert "did you mean 'billing'?" in corpus.bad_rows[0].reason
    assert "allowed: billing, delivery" in corpus.bad_rows[1].reason
    assert len(corpus.records) == 8
    assert set(found.by_id) == {"billing", "delivery"}


def test_themes_that_are_all_unknown_make_a_taxonomy_of_their_own(load: Load, taxonomy: Taxonomy) -> None:
    corpus, found = load(themed(["card_arrival", "top_up"] * 5))
    assert corpus.bad_rows == ()
    assert set(found.by_id) == {"card_arrival", "top_up"}
    assert found.name("card_arrival") == "Card arrival"
    assert found.owner("card_arrival") == taxonomy.default_owner
    assert (found.channels, found.urgencies) == (taxonomy.channels, taxonomy.urgencies)


@pytest.mark.parametrize(
    ("themes", "own"),
    [
        (["billing"] * 4 + ["card_arrival"] * 3 + ["top_up"] * 3, True),
        (["billing"] * 5 + ["card_arrival"] * 5, False),
        (["billing", *[""] * 7, "top_up", "top_up"], True),
        (["billing", *[""] * 8, "top_up"], False),
    ],
)
def test_a_file_with_fewer_than_half_known_themes_brings_its_own(
    load: Load, themes: list[str], own: bool
) -> None:
    corpus, found = load([{**row, "kind": "complaint"} for row in themed(themes)])
    expected = set(filter(None, themes)) if own else {"billing", "delivery"}
    strangers = 0 if own else len([theme for theme in themes if theme not in {"", "billing"}])
    assert set(found.by_id) == expected
    assert len(corpus.bad_rows) == strangers


def test_owners_of_the_file_join_the_roster(load: Load, taxonomy: Taxonomy, tmp_path: Path) -> None:
    rows = [
        {"text": text, "owner": owner}
        for text, owner in zip(TEXTS, ["billing", "night crew"] * 5, strict=True)
    ]
    corpus, found = load(rows)
    assert corpus.tasks() == ["owner"]
    assert found.owners["night crew"].name == "night crew"
    assert found.owners["billing"].name == "Billing", "a known team keeps its name"
    assert set(taxonomy.owners) == {"desk", "billing"}
    saved = tmp_path / "saved.yaml"
    saved.write_text(found.to_yaml(), "utf-8")
    assert read_taxonomy(saved) == found


def test_too_few_rows_name_the_first_bad_one(load: Load) -> None:
    rows = themed(["billing"] * 10)
    rows[2]["text"] = " "
    with pytest.raises(TooFewRows, match=r"9 usable rows and 1 bad.* needs 10.* line 4: .*white space"):
        load(rows, minimum_rows_per_task=10)


def test_bad_rows_carry_their_lines_and_the_others_are_kept(load: Load) -> None:
    rows = [{**row, "received_at": "2026-11-21"} for row in themed(["billing", "delivery"] * 5)]
    rows[0]["text"] = ""
    rows[3]["text"] = "first line\nsecond line"
    rows[9]["received_at"] = "yesterday"
    corpus, _ = load(rows)
    assert [(bad.line, bad.column) for bad in corpus.bad_rows] == [(2, "text"), (12, "received_at")]
    assert len(corpus.records) == 8
    assert corpus.records[2].text == "first line\nsecond line"


def test_texts_are_normalised_and_languages_are_those_of_the_file_first(load: Load) -> None:
    rows = [{"text": text, "language": "", "kind": "complaint"} for text in TEXTS]
    rows[0] |= {"text": "నా బిల్లు\u200b   తప్పుగా వచ్చింది, సరిచేయండి", "language": "te-IN"}
    rows[1] |= {"text": "నా పార్సెల్ ఇంకా రాలేదు, ఎప్పుడు వస్తుంది"}
    corpus, _ = load(rows)
    assert corpus.texts[0] == "నా బిల్లు తప్పుగా వచ్చింది, సరిచేయండి"
    assert corpus.languages[:2] == ("te-IN", "te")
    assert corpus.detected[:2] == ("te", "te")


def test_rows_and_labels_of_a_task_are_those_that_have_one(load: Load) -> None:
    rows = [
        {"text": text, "theme": theme, "sentiment": sentiment}
        for text, theme, sentiment in zip(TEXTS, ["billing", "delivery"] * 5, ["NEG", ""] * 5, strict=True)
    ]
    corpus, _ = load(rows)
    rows_of_task = corpus.labelled("sentiment", np.arange(10))
    assert corpus.tasks() == ["theme", "sentiment"]
    assert rows_of_task.tolist() == [0, 2, 4, 6, 8]
    assert corpus.labels("sentiment", rows_of_task).tolist() == ["negative"] * 5


def test_the_hash_is_of_the_contents_and_not_of_the_place(load: Load, tmp_path: Path) -> None:
    first, _ = load(themed(["billing", "delivery"] * 5))
    again, _ = load(themed(["billing", "delivery"] * 5))
    other, _ = load(themed(["delivery", "billing"] * 5))
    assert first.sha256() == again.sha256() != other.sha256()
    assert other.files == {"rows.csv": sha256_file(tmp_path / "rows.csv")}


def test_the_time_window_is_that_of_the_dated_rows(load: Load) -> None:
    dates = ["2026-03-01", "2026-01-05T10:00:00+05:30", *[""] * 8]
    rows = [{**row, "received_at": date} for row, date in zip(themed(["billing"] * 10), dates, strict=True)]
    corpus, _ = load(rows)
    assert corpus.time_window() == {"first": "2026-01-05T04:30:00+00:00", "last": "2026-03-01T00:00:00+00:00"}
    undated, _ = load(themed(["billing"] * 10))
    assert undated.time_window() is None


def test_a_theme_with_a_definition_teaches_by_its_own_words(
    taxonomy: Taxonomy, encoder: object, tmp_path: Path
) -> None:
    cached = CachedEncoder(encoder, tmp_path / "vectors")  # type: ignore[type-var]
    meanings = theme_meanings(taxonomy, cached)
    assert meanings is not None
    assert list(meanings.texts) == ["Billing", "Money asked for", "charged twice"]
    assert meanings.labels.tolist() == ["billing"] * 3
    assert set(meanings.groups.tolist()) == {MEANING}
    bare = taxonomy.replaced(themes=(taxonomy.by_id["delivery"],))
    assert theme_meanings(bare, cached) is None

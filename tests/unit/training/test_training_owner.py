"""Whether an owner head serves, and what becomes of routes in training."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import message, write_onnx_encoder
from rich.console import Console

pytest.importorskip("sentence_transformers", reason="needs the training extra: pip install firyad[training]")

from service.classify.encoder import Encoder
from service.classify.model import load_model
from service.classify.pipeline import Classifier
from service.taxonomy import Taxonomy, read_taxonomy
from service.values import Asked
from training import train as training_run
from training.corpus.load import Corpus, derived_taxonomy, load_corpus, with_owners
from training.progress import Progress
from training.settings import TrainingSettings
from training.train import Request, against_rules, fit_task, rules_accuracy, train

pytestmark = pytest.mark.training

BILLING = (
    "I was charged twice for one ticket on Monday",
    "a fee nobody told me about is on my invoice",
    "the invoice names the wrong amount and a fee",
    "you charged my card though I cancelled in May",
)
DELIVERY = (
    "the parcel has not come and nobody knows why",
    "your driver left the box out in the rain",
    "two weeks late already and still no parcel",
    "the box was open and empty when it came",
)
TESTED = (
    "another fee on my invoice for nothing",
    "the card was charged and the invoice is wrong",
    "no driver and no parcel again today",
    "the parcel is late and the box is open",
)

Rows = Sequence[Mapping[str, str]]
ROUTES = """
routes:
  - {id: gold, when: {product: gold, channel: default}, owner: billing}
  - {id: telugu_bills, when: {theme: billing, language: te}, owner: desk}
"""


def rows_of(owners: Mapping[str, str], themes: bool = True) -> list[dict[str, str]]:
    """Eight rows to learn from and four to judge by; `owners`: who acted on billing and on delivery."""
    subjects = [("billing", text, "train") for text in BILLING] + [
        ("delivery", text, "train") for text in DELIVERY
    ]
    subjects += [
        (theme, text, "test") for theme, text in zip(["billing"] * 2 + ["delivery"] * 2, TESTED, strict=True)
    ]
    return [
        {"text": text, "owner": owners[theme], "theme": theme if themes else "", "split": split}
        for theme, text, split in subjects
    ]


Make = Callable[..., tuple[Corpus, Taxonomy, Request]]


@pytest.fixture
def make(tmp_path: Path, settings: TrainingSettings, taxonomy_path: Path) -> Make:
    def made(rows: Rows, routes: str = "") -> tuple[Corpus, Taxonomy, Request]:
        data = tmp_path / "rows.csv"
        with data.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        taxonomy_path.write_text(taxonomy_path.read_text("utf-8") + routes, "utf-8")
        taxonomy = read_taxonomy(taxonomy_path)
        chosen = replace(settings, minimum_rows_per_task=4)
        corpus, taxonomy = load_corpus(data, taxonomy=taxonomy, columns={}, encoding=None, settings=chosen)
        request = Request(data, tmp_path / "models", tmp_path / "starter", taxonomy_path, settings=chosen)
        return corpus, taxonomy, request

    return made


@pytest.fixture
def progress() -> Progress:
    return Progress(Console(file=io.StringIO()))


def compared(made: tuple[Corpus, Taxonomy, Request], encoder: Encoder, progress: Progress) -> Any:
    corpus, taxonomy, request = made
    vectors = encoder.encode(corpus.texts)
    fitted = fit_task("owner", corpus, vectors, request, progress, source="data", taxonomy=taxonomy)
    return against_rules(fitted, corpus, taxonomy)


def test_a_head_that_beats_the_rules_is_used(make: Make, encoder: Encoder, progress: Progress) -> None:
    """The company sends bills to the night crew, which its taxonomy does not say."""
    owners = {"billing": "night crew", "delivery": "desk"}
    made = compared(make(rows_of(owners)), encoder, progress)
    assert made.metrics["rules_accuracy"] == 0.5
    assert made.metrics["test"]["accuracy"] > 0.5
    assert (made.used, made.metrics["used"], made.metrics["compared_on"]) == (True, True, "test")


def test_a_head_that_only_equals_the_rules_is_not_used(
    make: Make, encoder: Encoder, progress: Progress
) -> None:
    """Everybody follows the taxonomy, so there is nothing to learn."""
    made = compared(make(rows_of({"billing": "billing", "delivery": "desk"})), encoder, progress)
    assert made.metrics["rules_accuracy"] == 1.0
    assert (made.used, made.metrics["used"]) == (False, False)


def test_rows_without_a_theme_go_to_the_default_owner_by_the_rules(make: Make) -> None:
    corpus, taxonomy, _ = make(rows_of({"billing": "billing", "delivery": "desk"}, themes=False))
    assert rules_accuracy(corpus, corpus.split.test, taxonomy) == 0.5


def test_rules_count_with_their_routes_and_what_the_rows_say(make: Make) -> None:
    rows: list[dict[str, str]] = rows_of({"billing": "desk", "delivery": "billing"})
    more = {"product": " Gold", "language": "", "channel": ""}
    told = [
        row | more if row["theme"] == "delivery" else row | more | {"product": "", "language": "te-IN"}
        for row in rows
    ]
    corpus, taxonomy, _ = make(told, ROUTES)
    assert rules_accuracy(corpus, np.arange(len(rows)), taxonomy) == 1.0
    assert rules_accuracy(corpus, np.arange(len(rows)), taxonomy.replaced(routes=())) == 0.0


def test_validation_rows_decide_before_test_rows(make: Make, encoder: Encoder, progress: Progress) -> None:
    rows = rows_of({"billing": "night crew", "delivery": "desk"})
    for row in rows[-3:-1]:
        row["split"] = "validation"
    made = compared(make(rows), encoder, progress)
    assert (made.metrics["compared_on"], made.metrics["rules_accuracy"]) == ("validation", 0.5)


def test_without_rows_held_out_cross_validation_decides(
    make: Make, encoder: Encoder, progress: Progress
) -> None:
    rows = [row | {"split": "train"} for row in rows_of({"billing": "billing", "delivery": "desk"})]
    made = compared(make(rows), encoder, progress)
    assert made.metrics["compared_on"] == "cross_validation"
    assert (made.metrics["rules_accuracy"], made.used) == (1.0, False)


@pytest.mark.parametrize(
    ("owners", "used"),
    [
        ({"billing": "night crew", "delivery": "desk"}, True),
        ({"billing": "billing", "delivery": "desk"}, False),
    ],
)
def test_only_a_head_that_is_used_is_published(
    make: Make,
    progress: Progress,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owners: Mapping[str, str],
    used: bool,
) -> None:
    _, _, request = make(rows_of(owners))
    (tmp_path / "encoder").mkdir()
    write_onnx_encoder(tmp_path / "encoder")
    monkeypatch.setattr(training_run, "exported", lambda *_, **__: tmp_path / "encoder")
    monkeypatch.setenv("FIRYAD_CACHE_DIR", str(tmp_path / "cache"))
    outcome = train(request, progress)
    figures = json.loads((outcome.directory / "metrics.json").read_text("utf-8"))["owner"]
    assert figures["used"] is used
    assert figures["rules_accuracy"] == (0.5 if used else 1.0)
    card = (outcome.directory / "card.md").read_text("utf-8")
    assert ("the head serves" in card, "the head is not used" in card) == (used, not used)
    model = load_model(outcome.directory, threads=1)
    assert set(model.heads) == ({"theme", "owner"} if used else {"theme"})
    classifier = Classifier(model)
    classifier.check_self_test()
    anything = Asked({"suggest": 0.0})  # these few rows calibrate nothing
    (said,) = classifier.classify([message(BILLING[0])], asked=[anything])
    assert (said.owner, said.owner_via) == (("night crew", "history") if used else ("billing", "theme"))
    model.encoder.close()  # type: ignore[attr-defined]


# ---- derived taxonomies


def test_a_derived_taxonomy_keeps_the_routes_that_name_no_theme(make: Make, tmp_path: Path) -> None:
    rows = [
        row | {"theme": f"own {row['theme']}"} for row in rows_of({"billing": "desk", "delivery": "desk"})
    ]
    _, taxonomy, request = make(rows, ROUTES)
    assert set(taxonomy.by_id) == {"own billing", "own delivery"}
    assert [route.id for route in taxonomy.routes] == ["gold"]
    saved = tmp_path / "saved.yaml"
    saved.write_text(taxonomy.to_yaml(), "utf-8")
    assert read_taxonomy(saved) == taxonomy, "it passes the checks it is read with when it serves"
    base = read_taxonomy(request.taxonomy)
    assert [route.id for route in base.routes] == ["gold", "telugu_bills"]
    assert derived_taxonomy(["billing"], base=base).routes == base.routes[:1]


def test_a_longer_roster_keeps_every_route(make: Make) -> None:
    _, taxonomy, _ = make(rows_of({"billing": "night crew", "delivery": "desk"}), ROUTES)
    assert "night crew" in taxonomy.owners
    assert [route.id for route in taxonomy.routes] == ["gold", "telugu_bills"]
    assert with_owners(taxonomy, ["dawn crew"]).routes == taxonomy.routes

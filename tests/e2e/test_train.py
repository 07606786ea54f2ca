"""From a file of complaints to a model that serves, with the real encoder and nothing faked."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from threadpoolctl import threadpool_limits

pytest.importorskip("sentence_transformers", reason="needs the training extra: pip install firyad[training]")

from service.classify.model import load_model
from service.classify.pipeline import Classifier
from service.values import Message
from training.encoders.source import BUNDLED, exported
from training.progress import Progress
from training.settings import TrainingSettings
from training.train import Outcome, Request, train

pytestmark = pytest.mark.training

CACHE = Path(os.environ.get("FIRYAD_CACHE_DIR", "") or Path(__file__).parents[2] / ".cache")
COMPLAINTS = Path(__file__).with_name("complaints.csv")
TAXONOMY = """
version: 7
languages: [en, te, ne]
default_owner: desk
owners: {desk: {name: Front desk}, billing: {name: Billing}, logistics: {name: Logistics}}
kinds: [complaint, question, praise]
sentiments: [negative, neutral, positive]
urgencies: {high: {guide: Much is at stake}, normal: {guide: The rest}, low: {guide: It can wait}}
channels: {default: {respond_within_minutes: 1440}}
themes:
  - {id: charged_twice, name: {en: Charged twice}, owner: billing, definition: The same payment taken twice}
  - {id: parcel_late, name: {en: Parcel late}, owner: logistics}
  - {id: rude_staff, name: {en: Rude staff}}
  - {id: no_internet, name: {en: No internet}}
"""
STARTER = {
    "complaint": (
        "The lift is broken again.",
        "My refund has not come.",
        "Nobody came to repair the tap.",
        "నీళ్ళు రెండు రోజులుగా రావడం లేదు.",
        "బస్సు ఆలస్యంగా వచ్చింది.",
        "బిల్లు తప్పుగా ఉంది.",
        "धारामा पानी आएको छैन।",
        "बस धेरै ढिलो आयो।",
        "बिल गलत छ।",
    ),
    "question": (
        "When does the office open?",
        "How do I change my address?",
        "Which form do I need for a new line?",
        "ఆఫీసు ఎప్పుడు తెరుస్తారు?",
        "చిరునామా ఎలా మార్చాలి?",
        "కొత్త కనెక్షన్‌కి ఏ ఫారం కావాలి?",
        "कार्यालय कति बजे खुल्छ?",
        "ठेगाना कसरी परिवर्तन गर्ने?",
        "नयाँ लाइनका लागि कुन फारम चाहिन्छ?",
    ),
    "praise": (
        "Wonderful service, thank you!",
        "The technician was quick and friendly.",
        "I love the new app.",
        "చాలా మంచి సేవ, ధన్యవాదాలు!",
        "టెక్నీషియన్ త్వరగా వచ్చి బాగు చేశాడు.",
        "కొత్త యాప్ చాలా బాగుంది.",
        "धेरै राम्रो सेवा, धन्यवाद!",
        "प्राविधिक छिटो र मिलनसार थिए।",
        "नयाँ एप मन पर्‍यो।",
    ),
}
NEW = (
    "The bank shows my gas bill debited two times.",
    "గ్యాస్ బిల్లు రెండుసార్లు డెబిట్ అయింది.",
    "ग्यासको बिल दुई पटक डेबिट भयो।",
    "My books are still with the courier, a week late.",
    "పుస్తకాల పార్సెల్ వారం ఆలస్యం.",
)
SETTINGS = TrainingSettings(vectors_regularisation=(0.03,), ngrams_regularisation=(0.3,), folds=3)


@dataclass(frozen=True)
class World:
    """A place to train in: its own cache of vectors, the repository's encoder."""

    place: Path

    def train(self, data: Path, models: str = "models") -> tuple[Outcome, str]:
        shown = io.StringIO()
        request = Request(
            data=data,
            models_dir=self.place / models,
            starter=self.place / "starter",
            taxonomy=self.place / "taxonomy.yaml",
            settings=SETTINGS,
        )
        # One thread: on shared cores OpenBLAS's own threads wait for each other longer than they work.
        with pytest.MonkeyPatch.context() as patch, threadpool_limits(1):
            patch.setenv("FIRYAD_CACHE_DIR", str(self.place / "cache"))
            patch.delenv("FIRYAD_ENCODER", raising=False)
            return train(request, Progress(Console(file=shown, width=200))), shown.getvalue()

    def write(self, name: str, rows: Sequence[Mapping[str, str]]) -> Path:
        path = self.place / name
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        return path


def complaints() -> list[dict[str, str]]:
    with COMPLAINTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    place = tmp_path_factory.mktemp("world")
    (place / "cache" / "encoders").mkdir(parents=True)
    directory = exported(BUNDLED, cache=CACHE)
    (place / "cache" / "encoders" / directory.name).symlink_to(directory.resolve())
    (place / "taxonomy.yaml").write_text(TAXONOMY, "utf-8")
    (place / "starter").mkdir()
    rows = [{"text": text, "kind": kind} for kind, texts in STARTER.items() for text in texts]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (place / "starter" / "kinds.jsonl").write_text("\n".join(lines), "utf-8")
    return World(place)


@pytest.fixture(scope="module")
def first(world: World) -> Outcome:
    return world.train(COMPLAINTS)[0]


@pytest.fixture(scope="module")
def second(world: World, first: Outcome) -> Outcome:
    return world.train(COMPLAINTS)[0]


@pytest.fixture(scope="module")
def grown(world: World, first: Outcome) -> tuple[Outcome, str]:
    """The same rows, five new ones, and four that cannot be used."""
    rows = complaints()
    row = rows[-1] | {"received_at": "2026-07-01"}
    rows += [row | {"text": text} for text in NEW]
    rows += [
        row | {"theme": "charged_twise"},
        row | {"text": "  "},
        row | {"received_at": "last week"},
        row | {"text": "a\nb", "urgency": "enormous"},
    ]
    return world.train(world.write("grown.csv", rows), "grown")


def metrics_of(outcome: Outcome) -> Any:
    return json.loads((outcome.directory / "metrics.json").read_text("utf-8"))


def test_metrics_have_their_shape(first: Outcome) -> None:
    metrics = metrics_of(first)
    assert list(metrics) == ["theme", "sentiment", "urgency", "kind"]
    for task, figures in metrics.items():
        test = figures["test"]
        assert {"n", "accuracy", "macro_f1", "ece", "by_language", "by_class"} <= set(test)
        assert all(0 <= test[name] <= 1 for name in ("accuracy", "macro_f1", "ece"))
        assert sum(part["n"] for part in test["by_language"].values()) == test["n"]
        assert sum(part["n"] for part in test["by_class"].values()) == test["n"]
        assert test["near_duplicates_of_training"] == {"n": 0, "accuracy_without": test["accuracy"]}
        assert figures["source"] == ("starter" if task == "kind" else "data")
    assert set(metrics["theme"]["test"]["by_language"]) == {"en", "te", "ne"}


def test_the_latest_rows_are_the_test_and_the_judged_head_serves(first: Outcome) -> None:
    manifest = json.loads((first.directory / "manifest.json").read_text("utf-8"))
    assert manifest["split"]["rule"] == "time"
    assert manifest["split"]["train"] == 136
    assert manifest["split"]["parts"]["test"] + manifest["split"]["dropped"] == 24
    metrics = metrics_of(first)
    assert not metrics["theme"]["refitted"]
    assert metrics["kind"]["refitted"], "the starter corpus is split at random, so its head learns all rows"


def test_themes_are_told_apart_in_three_languages(first: Outcome) -> None:
    figures = metrics_of(first)["theme"]["test"]
    assert figures["accuracy"] >= 0.75, "guessing gives a quarter"
    assert min(part["accuracy"] for part in figures["by_language"].values()) >= 0.5


def test_the_model_serves_what_was_trained(first: Outcome, world: World) -> None:
    model = load_model(world.place / "models" / "current", threads=2)
    classifier = Classifier(model)
    classifier.check_self_test()
    at = datetime(2026, 11, 21, tzinfo=UTC)
    said = classifier.classify([Message(text, at) for text in NEW])
    assert [found.labels["theme"].id for found in said] == ["charged_twice"] * 3 + ["parcel_late"] * 2
    assert [found.owner for found in said] == ["billing"] * 3 + ["logistics"] * 2
    assert [found.language.code for found in said] == ["en", "te", "ne", "en", "te"]
    assert set(said[0].labels) == {"theme", "sentiment", "urgency", "kind"}
    assert {found.model_version for found in said} == {model.version}
    model.encoder.close()  # type: ignore[attr-defined]


def test_the_card_names_every_head_and_the_version_it_lies_in(first: Outcome, second: Outcome) -> None:
    for outcome in (first, second):
        card = (outcome.directory / "card.md").read_text("utf-8")
        assert card.startswith(f"# Model {outcome.directory.name}\n")
        for task in ("Theme", "Sentiment", "Urgency", "Kind"):
            assert f"\n## {task}\n" in card
        assert "complaints.csv" in card


def test_the_same_data_twice_gives_the_same_figures_and_a_version_of_its_own(
    first: Outcome, second: Outcome, world: World
) -> None:
    one, other = ((made.directory / "metrics.json").read_bytes() for made in (first, second))
    assert one == other
    assert second.directory.name == f"{first.directory.name}.2"
    assert second.encoded == 0
    assert (world.place / "models" / "current").resolve() == second.directory.resolve()
    for name in ("topics.json", "taxonomy.yaml"):
        assert (first.directory / name).read_bytes() == (second.directory / name).read_bytes()
    told = [json.loads((made.directory / "manifest.json").read_text("utf-8")) for made in (first, second)]
    assert told[0]["self_test"] == told[1]["self_test"]


def test_grown_data_encodes_only_its_new_rows(first: Outcome, grown: tuple[Outcome, str]) -> None:
    assert first.encoded >= 160 + 27
    assert grown[0].encoded == len(NEW)
    assert grown[0].directory.name != first.directory.name


def test_bad_rows_are_listed_with_line_and_reason(grown: tuple[Outcome, str]) -> None:
    outcome, shown = grown
    lines = (outcome.directory / "bad_rows.jsonl").read_text("utf-8").splitlines()
    bad = [json.loads(line) for line in lines]
    assert [(row["file"], row["line"], row["column"]) for row in bad] == [
        ("grown.csv", 167, "theme"),
        ("grown.csv", 168, "text"),
        ("grown.csv", 169, "received_at"),
        ("grown.csv", 170, "urgency"),
    ]
    assert "did you mean 'charged_twice'?" in bad[0]["reason"]
    assert "4 bad rows are left out" in shown
    assert "grown.csv:169: received_at" in shown
    assert "4 bad rows left out" in (outcome.directory / "card.md").read_text("utf-8")


def test_no_complaint_text_is_shown_or_logged(grown: tuple[Outcome, str]) -> None:
    outcome, shown = grown
    told = shown + (outcome.directory / "bad_rows.jsonl").read_text("utf-8")
    assert [row["text"] for row in complaints() if row["text"] in told] == []


def test_themes_of_the_files_own_bring_their_own_taxonomy(world: World) -> None:
    """Labels none of which the taxonomy knows: an intent data set, say. Undated, so split by groups."""
    rows = [
        {"text": row["text"], "theme": f"intent {row['theme']}"}
        for row in complaints()
        if row["language"] == "en"
    ]
    outcome, _ = world.train(world.write("intents.csv", rows), "intents")
    model = load_model(outcome.directory, threads=2)
    assert set(model.taxonomy.by_id) == {row["theme"] for row in rows}
    assert model.heads["theme"].labels == tuple(sorted(model.taxonomy.by_id))
    assert (model.heads["kind"].labels, model.topics) == (("complaint", "praise", "question"), None)
    assert metrics_of(outcome)["theme"]["refitted"]
    model.encoder.close()  # type: ignore[attr-defined]

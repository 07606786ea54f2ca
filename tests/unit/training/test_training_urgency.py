"""From rows marked with reasons to a model that names them: the policy, its heads, the messages it keeps."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import ROWS, message, write_onnx_encoder
from rich.console import Console

pytest.importorskip("sentence_transformers", reason="needs the training extra: pip install firyad[training]")

from service.classify.model import Model, load_model
from service.classify.pipeline import Classifier
from service.errors import PolicyRejected
from service.text import words
from service.values import Asked
from training import train as training_run
from training.progress import Progress
from training.settings import TrainingSettings
from training.train import Outcome, Request, train

pytestmark = pytest.mark.training

POLICY = """
version: 1
precision: 0.7
reasons:
  dry: {at_least: high, guide: There is no water.}
  unheard: {at_least: high, guide: Nobody ever says so.}
contacts:
  - {days: 30, complaints: 2, at_least: high}
"""
FILLERS = sorted(
    {word.lower() for row in ROWS if row.language == "en" for word in words(row.text)}
    - {"water", "supply", "stopped"}
)

Train = Callable[..., Outcome]


def rows(count: int, *, seed: int = 1, **more: str) -> list[dict[str, str]]:
    """Every other row speaks of water and is marked so; all are of one of two themes."""
    draw = np.random.default_rng(seed)
    made = []
    for row in range(count):
        dry = row % 2 == 0
        chosen = [
            *draw.choice(FILLERS, size=5),
            *(["water", "supply", "stopped"] if dry else ["order", "bill"]),
        ]
        made.append(
            {
                "text": f"{' '.join(chosen)} {seed}x{row}",
                "theme": ("delivery", "billing")[row % 4 < 2],
                "urgency": "normal" if row % 5 else "high",
                "reasons": "dry" if dry else "-",
                **more,
            }
        )
    return made


def write(path: Path, given: list[dict[str, str]]) -> Path:
    path.write_text("\n".join(map(json.dumps, given)), "utf-8")
    return path


@pytest.fixture
def run(
    tmp_path: Path, settings: TrainingSettings, taxonomy_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Train:
    (tmp_path / "encoder").mkdir()
    write_onnx_encoder(tmp_path / "encoder")
    monkeypatch.setattr(training_run, "exported", lambda *_, **__: tmp_path / "encoder")
    monkeypatch.setenv("FIRYAD_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "urgency.yaml").write_text(POLICY, "utf-8")

    def ran(
        given: list[dict[str, str]], starter: list[dict[str, str]] | None = None, **changes: Any
    ) -> Outcome:
        if starter is not None:
            (tmp_path / "starter").mkdir()
            write(tmp_path / "starter" / "en.jsonl", starter)
        fields: dict[str, Any] = {"urgency": tmp_path / "urgency.yaml", "settings": settings} | changes
        request = Request(
            write(tmp_path / "rows.jsonl", given),
            tmp_path / "models",
            tmp_path / "starter",
            taxonomy_path,
            **fields,
        )
        return train(request, Progress(Console(file=io.StringIO())))

    return ran


def manifest_of(outcome: Outcome) -> Any:
    return json.loads((outcome.directory / "manifest.json").read_text("utf-8"))


@pytest.fixture
def opened() -> Iterator[Callable[[Outcome], Model]]:
    """Loads a version, and lets go of its encoder in the end."""
    loaded: list[Model] = []

    def load(outcome: Outcome) -> Model:
        loaded.append(load_model(outcome.directory, threads=1))
        return loaded[-1]

    yield load
    for model in loaded:
        model.encoder.close()  # type: ignore[attr-defined]


Open = Callable[[Outcome], Model]


def test_a_model_names_the_reasons_its_rows_were_marked_with(run: Train, opened: Open) -> None:
    outcome = run(rows(120))
    model = opened(outcome)
    assert set(model.policy.reasons) == {"dry", "unheard"}
    assert set(model.reasons) == {"dry"}
    classifier = Classifier(model)
    classifier.check_self_test()
    dry, bill = classifier.classify(
        [message("water supply stopped, please explain"), message("please explain the bill for my order")]
    )
    assert (dry.labels["urgency"].id, dry.urgency_reasons) == ("high", ("dry",))
    assert bill.urgency_reasons == ()


def test_the_manifest_says_how_each_reason_was_learned(run: Train) -> None:
    figures = manifest_of(run(rows(120)))["reasons"]
    assert set(figures) == {"dry", "unheard"}
    assert figures["dry"]["precision"] >= 0.7
    assert figures["unheard"] | {"of": 0} == {"rows": 0, "of": 0}


def test_the_labelled_messages_are_kept_with_the_model(run: Train, opened: Open) -> None:
    given = rows(60)
    given[0]["text"] += " write to ravi@example.com"
    model = opened(run(given))
    assert model.neighbours is not None
    texts = [row.text for row in model.neighbours.rows]
    assert len(texts) == 60
    assert any("[email]" in text for text in texts)
    assert not any("ravi" in text for text in texts)
    (said,) = Classifier(model).classify([message(given[7]["text"])], asked=[Asked(neighbours=2)])
    assert said.neighbours[0].text == given[7]["text"]
    assert said.novelty is not None


def test_without_a_policy_urgency_is_left_to_the_text(run: Train, opened: Open) -> None:
    outcome = run(rows(60), urgency=None)
    model = opened(outcome)
    assert (model.policy.reasons, model.policy.contacts, model.reasons) == ({}, (), {})
    assert manifest_of(outcome)["reasons"] == {}


def test_unmarked_rows_leave_the_reasons_to_the_starter(run: Train, opened: Open) -> None:
    unmarked = [{name: value for name, value in row.items() if name != "reasons"} for row in rows(60)]
    model = opened(run(unmarked, starter=rows(120, seed=2)))
    assert set(model.reasons) == {"dry"}


def test_a_file_with_hardly_a_mark_leaves_the_reasons_to_the_starter(run: Train, opened: Open) -> None:
    """Also where it has a column for every task, so that nothing else is wanted of the starter."""
    whole = rows(60, kind="complaint", sentiment="negative")
    for row in whole[3:]:
        del row["reasons"]
    model = opened(run(whole, starter=rows(120, seed=2)))
    assert set(model.reasons) == {"dry"}


def test_a_policy_with_a_level_the_taxonomy_lacks_is_refused_before_anything_is_read(
    run: Train, tmp_path: Path
) -> None:
    (tmp_path / "own.yaml").write_text(
        "{version: 1, reasons: {fire: {at_least: critical, guide: It burns.}}}", "utf-8"
    )
    with pytest.raises(PolicyRejected, match=r"own\.yaml: reasons\.fire\.at_least: 'critical'"):
        run([{"text": "no row is read"}], urgency=tmp_path / "own.yaml")


def test_a_mark_the_policy_does_not_know_is_a_bad_row(run: Train) -> None:
    given = [*rows(60), rows(1, seed=5)[0] | {"reasons": "wet"}]
    outcome = run(given)
    (bad,) = outcome.corpus.bad_rows
    assert (bad.line, bad.column) == (61, "reasons")
    assert "'wet'" in bad.reason

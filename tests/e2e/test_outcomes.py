"""What became of past messages: learned from a file's own column, judged, answered and stored."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from fakes import LATE, TEXTS, TWICE, serving, write_onnx_encoder
from rich.console import Console

pytest.importorskip("sentence_transformers", reason="needs the training extra: pip install firyad[training]")

from service.api.app import create_app
from service.classify.model import load_model
from service.settings import Settings
from service.store import SqlStore
from training import train as training_run
from training.progress import Progress
from training.settings import TrainingSettings
from training.train import Request, train

pytestmark = pytest.mark.training

TAXONOMY = """
version: 1
languages: [en, te]
default_owner: desk
owners: {desk: {name: Front desk}}
kinds: [complaint]
sentiments: [negative]
urgencies: {normal: {guide: Any}}
channels: {default: {respond_within_minutes: 60}}
themes: [{id: billing, name: {en: Billing}}, {id: delivery, name: {en: Delivery}}]
"""
BECAME = {TWICE: "Refunded in full", LATE: "nothing"}


def test_an_outcome_goes_from_the_file_to_the_answer_and_the_store(
    tmp_path: Path, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {theme: [text for some in TEXTS[theme].values() for text in some] for theme in BECAME}
    with (tmp_path / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "what happened", "split"])
        for theme, some in texts.items():
            for number, text in enumerate(some):
                writer.writerow([text, BECAME[theme], "test" if number % 3 == 2 else "train"])
    (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, "utf-8")
    (tmp_path / "encoder").mkdir()
    write_onnx_encoder(tmp_path / "encoder")
    monkeypatch.setattr(training_run, "exported", lambda *_, **__: tmp_path / "encoder")
    monkeypatch.setenv("FIRYAD_CACHE_DIR", str(tmp_path / "cache"))
    request = Request(
        data=tmp_path / "rows.csv",
        models_dir=tmp_path / "models",
        starter=tmp_path / "starter",
        taxonomy=tmp_path / "taxonomy.yaml",
        columns={"outcome": "what happened"},
        settings=TrainingSettings(folds=2, minimum_rows_per_task=8, vectors_regularisation=(0.1,)),
    )
    outcome = train(request, Progress(Console(file=io.StringIO())))

    figures = json.loads((outcome.directory / "metrics.json").read_text("utf-8"))["outcome"]
    assert (figures["source"], figures["test"]["n"]) == ("data", 6)
    assert figures["test"]["reliability"]
    assert {"ece", "interval"} <= set(figures["test"]["parity"]["by_language"]["te"])
    card = (outcome.directory / "card.md").read_text("utf-8")
    section = card.partition("\n## Outcome\n")[2].partition("\n## ")[0]
    assert "Reliability (of messages given about this probability" in section
    assert "says\nnothing of how it should act" in section

    model = load_model(outcome.directory, threads=1)
    assert model.heads["outcome"].labels == ("Refunded in full", "nothing")
    assert model.heads["outcome"].calibration is not None
    settings = Settings(models_dir=tmp_path / "models", reports_dir=tmp_path / "reports")
    with serving(create_app(settings, store, load=lambda _: model)) as api:
        answer = api.classify(TEXTS[TWICE]["en"][0])
        kept = api.get(f"/complaints/{answer['complaint_id']}").json()["classification"]
    model.encoder.close()  # type: ignore[attr-defined]
    assert answer["outcome"]["id"] == "Refunded in full"
    assert 0.5 < answer["outcome"]["probability"] <= 1
    assert "outcome__Refunded in full" in answer["tags"]
    assert kept["outcome"] == answer["outcome"]

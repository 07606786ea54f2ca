"""A model that does surely worse in one language is kept and not used, unless that is asked for."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import LATE, TEXTS, TWICE, write_onnx_encoder

pytest.importorskip("sentence_transformers", reason="needs the training extra: pip install firyad[training]")

from service import cli
from service.classify.model import load_model
from service.text import words
from training import train as training_run

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
SUBJECTS = {"billing": TWICE, "delivery": LATE}

Train = Callable[..., tuple[int, str, str]]


def corpus(path: Path, *, telugu_is_labelled_at_random: bool) -> None:
    """Two languages with 40 rows to learn from and 110 to judge by; the words of each theme tell it."""
    draw = np.random.default_rng(4)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "theme", "language", "split"])
        for language in ("en", "te"):
            for row in range(150):
                theme = str(draw.choice(list(SUBJECTS)))
                known = sorted({word for text in TEXTS[SUBJECTS[theme]][language] for word in words(text)})
                text = " ".join(draw.choice(known, size=6))
                if language == "te" and telugu_is_labelled_at_random:
                    theme = str(draw.choice(list(SUBJECTS)))
                writer.writerow([text, theme, language, "train" if row < 40 else "test"])


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Train:
    """Runs `firyad train` on rows.csv; gives its exit code, what it showed and what it complained of."""
    (tmp_path / "taxonomy.yaml").write_text(TAXONOMY, "utf-8")
    (tmp_path / "encoder").mkdir()
    write_onnx_encoder(tmp_path / "encoder")
    monkeypatch.setattr(training_run, "exported", lambda *_, **__: tmp_path / "encoder")
    monkeypatch.setenv("FIRYAD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "300")

    def run(*options: str) -> tuple[int, str, str]:
        places = ["--models-dir", str(tmp_path / "models"), "--data-dir", str(tmp_path)]
        rows = ["--data", str(tmp_path / "rows.csv")]
        monkeypatch.setattr(sys, "argv", ["firyad", "train", *rows, *places, *options])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), " ".join(said.out.split()), " ".join(said.err.split())

    return run


def manifest(directory: Path) -> Any:
    return json.loads((directory / "manifest.json").read_text("utf-8"))


def test_a_gap_is_refused_and_then_allowed(trained: Train, tmp_path: Path) -> None:
    corpus(tmp_path / "rows.csv", telugu_is_labelled_at_random=True)
    models = tmp_path / "models"

    code, shown, complained = trained()
    assert code == 2
    assert "Warning, gap between languages: theme in te is right for " in shown
    assert complained.startswith("firyad: parity-gap: ")
    for told in ("theme in te is right for", "of 110 test rows", "Label more rows in te", "--allow-gap"):
        assert told in complained
    assert not (models / "current").exists()
    (refused,) = (path for path in models.iterdir() if path.is_dir())
    assert str(refused) in complained
    assert manifest(refused)["parity"]["allow_gap"] is False
    load_model(refused, threads=1).encoder.close()  # type: ignore[attr-defined]
    card = (refused / "card.md").read_text("utf-8")
    assert "It was therefore not made the current model." in card
    assert "Parity table" in card

    code, shown, complained = trained("--allow-gap")
    assert (code, complained) == (0, "")
    assert "Warning, gap between languages: theme in te" in shown
    current = (models / "current").resolve()
    assert current != refused.resolve(), "a version is never written over"
    said = manifest(current)["parity"]
    assert said["allow_gap"] is True
    (gap,) = said["gaps"]
    assert (gap["task"], gap["part"], gap["language"], gap["n"]) == ("theme", "test", "te", 110)
    assert gap["interval"][1] < gap["others"] - 0.1
    assert "It was allowed to serve all the same" in (current / "card.md").read_text("utf-8")

    code, _, _ = trained()
    assert code == 2
    assert (models / "current").resolve() == current, "the model that serves stays"


def test_languages_that_do_alike_are_no_gap(trained: Train, tmp_path: Path) -> None:
    corpus(tmp_path / "rows.csv", telugu_is_labelled_at_random=False)
    code, shown, _ = trained()
    assert code == 0
    assert "Warning" not in shown
    current = tmp_path / "models" / "current"
    assert manifest(current)["parity"] == {"gaps": [], "allow_gap": False}
    figures = json.loads((current / "metrics.json").read_text("utf-8"))["theme"]
    table = figures["test"]["parity"]
    assert {code: row["n"] for code, row in table["by_language"].items()} == {"en": 110, "te": 110}
    assert {"interval", "ece", "ece_interval", "others", "given_a_theme"} <= set(table["by_language"]["te"])
    assert figures["cross_validation"]["reliability"]

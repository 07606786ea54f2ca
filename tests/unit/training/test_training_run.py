from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

pytest.importorskip("sentence_transformers", reason="needs the training extra: pip install firyad[training]")

from service.classify.encoder import Encoder
from service.errors import FileRejected
from service.taxonomy import Taxonomy
from training import cli
from training import train as training_run
from training.corpus.load import load_corpus
from training.evaluate.metrics import without_copies
from training.progress import Progress
from training.settings import TrainingSettings
from training.train import Outcome, Request, fit_task, train

pytestmark = pytest.mark.training

TRAIN = (
    ("billing", "I was charged twice for one ticket on Monday"),
    ("billing", "a fee nobody told me about is on my invoice"),
    ("billing", "the invoice names the wrong amount and a fee"),
    ("billing", "you charged my card though I cancelled in May"),
    ("delivery", "the parcel has not come and nobody knows why"),
    ("delivery", "your driver left the box out in the rain"),
    ("delivery", "two weeks late already and still no parcel"),
    ("delivery", "the box was open and empty when it came"),
)
TEST = (
    ("delivery", "I was charged twice for one ticket on Monday!"),  # a copy, and wrongly labelled
    ("billing", "another fee on my invoice for nothing"),
    ("delivery", "no driver and no parcel again today"),
)


@pytest.fixture
def request_for(tmp_path: Path, settings: TrainingSettings, taxonomy_path: Path) -> Request:
    rows = [f"{text},{theme},train" for theme, text in TRAIN] + [
        f"{text},{theme},test" for theme, text in TEST
    ]
    data = tmp_path / "rows.csv"
    data.write_text("\n".join(["text,theme,split", *rows]), "utf-8")
    return Request(
        data=data,
        models_dir=tmp_path / "models",
        starter=tmp_path / "starter",
        taxonomy=taxonomy_path,
        settings=settings,
    )


@pytest.fixture
def progress() -> Progress:
    return Progress(Console(file=io.StringIO()))


def test_judged_rows_with_a_copy_in_training_are_counted_and_judged_without(
    request_for: Request, progress: Progress, taxonomy: Taxonomy, encoder: Encoder
) -> None:
    settings = request_for.settings
    corpus, _ = load_corpus(request_for.data, taxonomy=taxonomy, columns={}, encoding=None, settings=settings)
    vectors = encoder.encode(corpus.texts)
    made = fit_task("theme", corpus, vectors, request_for, progress, source="data", taxonomy=taxonomy)
    test = made.metrics["test"]
    assert (test["n"], test["near_duplicates_of_training"]["n"]) == (3, 1)
    right = test["accuracy"] * 3
    assert test["near_duplicates_of_training"]["accuracy_without"] == pytest.approx(right / 2, abs=1e-3)


def test_accuracy_without_copies_is_that_of_the_others() -> None:
    truth = np.array(["a", "b", "b", "a"])
    said = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.4, 0.6]])
    labels = ["a", "b"]
    copied = np.array([True, True, False, False])
    assert without_copies(truth, said, labels=labels, copied=copied) == {"n": 2, "accuracy_without": 0.0}
    assert without_copies(truth, said, labels=labels, copied=~copied) == {"n": 2, "accuracy_without": 1.0}
    every = np.ones(4, dtype=np.bool_)
    assert without_copies(truth, said, labels=labels, copied=every) == {"n": 4, "accuracy_without": None}


@pytest.mark.parametrize("as_file", [True, False])
def test_a_current_that_is_no_link_is_refused_before_anything_is_read(
    request_for: Request, progress: Progress, as_file: bool
) -> None:
    current = request_for.models_dir / "current"
    request_for.models_dir.mkdir()
    current.write_text("mine", "utf-8") if as_file else current.mkdir()
    request_for.data.unlink()
    with pytest.raises(FileRejected, match=r"current is not the link.*Rename it.*--models-dir"):
        train(request_for, progress)
    assert current.exists()


def test_after_training_it_says_that_a_running_service_keeps_its_model(
    request_for: Request,
    taxonomy: Taxonomy,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    corpus, _ = load_corpus(
        request_for.data, taxonomy=taxonomy, columns={}, encoding=None, settings=request_for.settings
    )
    monkeypatch.setattr(
        training_run, "train", lambda *_: Outcome(request_for.models_dir / "2026.47-a", {}, corpus, 0)
    )
    cli.train(data=request_for.data)
    assert "A running service keeps its model until it is restarted." in capsys.readouterr().out

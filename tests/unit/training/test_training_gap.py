"""Publishing a model with a gap between languages, and what an encoder never learns from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from service.classify.urgency import NO_POLICY
from service.errors import ArtefactError, ParityGap
from service.taxonomy import Taxonomy

pytest.importorskip("datasketch", reason="needs the training extra: pip install firyad[training]")

from training.adaptation import labels_of
from training.corpus.load import load_corpus
from training.evaluate.parity import Gap
from training.publish import Contents, publish
from training.settings import TrainingSettings

GAP = Gap("theme", "test", "te", 120, 0.5, (0.4118, 0.5882), 0.8)
Publish = Callable[..., Path]


@pytest.fixture
def published(tmp_path: Path, taxonomy: Taxonomy) -> Publish:
    encoder = tmp_path / "encoder"
    encoder.mkdir()
    for name in ("encoder.onnx", "tokenizer.json", "encoder.json"):
        (encoder / name).write_text(name, "utf-8")

    def made(version: str, gaps: Sequence[Gap] = ()) -> Path:
        contents = Contents(
            manifest={"version": version},
            metrics={},
            card="# Model\n",
            taxonomy=taxonomy,
            heads={},
            topics=None,
            neighbours=None,
            policy=NO_POLICY,
            reasons={},
            encoder=encoder,
            gaps=gaps,
        )
        return publish(tmp_path / "models", contents)

    return made


def test_a_model_with_a_gap_is_kept_and_the_current_one_stays(published: Publish, tmp_path: Path) -> None:
    first = published("first")
    with pytest.raises(ParityGap) as refused:
        published("second", [GAP, Gap("kind", "test", "ne", 110, 0.4, (0.3, 0.5), 0.9)])
    told = str(refused.value)
    for part in (
        str(tmp_path / "models" / "second"),
        str(GAP),
        "kind in ne",
        "Label more rows in ne, te",
        "--allow-gap",
    ):
        assert part in told
    assert refused.value.code == "parity-gap"
    assert isinstance(refused.value, ArtefactError)
    assert (tmp_path / "models" / "second" / "manifest.json").is_file()
    assert (tmp_path / "models" / "current").resolve() == first.resolve()
    assert not list((tmp_path / "models").glob(".*")), "nothing half written is left"


def test_a_first_model_with_a_gap_is_no_current_one(published: Publish, tmp_path: Path) -> None:
    with pytest.raises(ParityGap):
        published("first", [GAP])
    assert not (tmp_path / "models" / "current").exists()
    assert published("second") == (tmp_path / "models" / "current").resolve()


def test_owner_and_outcome_teach_the_encoder_nothing(
    tmp_path: Path, taxonomy: Taxonomy, settings: TrainingSettings
) -> None:
    path = tmp_path / "rows.csv"
    lines = [f"message number {row} is here,billing,desk,refunded" for row in range(10)]
    path.write_text("\n".join(["text,theme,owner,outcome", *lines]), "utf-8")
    corpus, _ = load_corpus(path, taxonomy=taxonomy, columns={}, encoding=None, settings=settings)
    assert corpus.tasks() == ["theme", "owner", "outcome"]
    assert corpus.labels("outcome", np.arange(1)).tolist() == ["refunded"]
    assert labels_of(corpus, 0) == {"theme": {"billing": 1.0}}

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import ROWS, write_onnx_encoder

from service.classify.encoder import DESCRIPTION, GRAPH, TOKENIZER, OnnxEncoder
from service.errors import ModelDamaged, ModelIncompatible, ModelMissing

pytest.importorskip("onnx", reason="makes a small graph with onnx, of the training extra")

TEXTS = [row.text for row in ROWS]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    write_onnx_encoder(tmp_path)
    return tmp_path


@pytest.fixture
def encoder(directory: Path) -> Iterator[OnnxEncoder]:
    encoder = OnnxEncoder(directory, threads=2)
    yield encoder
    encoder.close()


def test_a_text_becomes_a_unit_vector(encoder: OnnxEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), encoder.dimension), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_give_no_vectors(encoder: OnnxEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_a_vector_never_depends_on_the_other_texts(encoder: OnnxEncoder) -> None:
    together = encoder.encode(TEXTS)
    np.testing.assert_array_equal(together, np.concatenate([encoder.encode([text]) for text in TEXTS]))
    np.testing.assert_array_equal(together, encoder.encode(TEXTS[::-1])[::-1])


def test_a_long_text_is_cut_at_the_most_tokens(encoder: OnnxEncoder) -> None:
    long = "charged " * 64 + "late " * 1000
    np.testing.assert_array_equal(encoder.encode([long]), encoder.encode(["charged " * 64]))


def test_half_a_surrogate_pair_is_encoded_too(encoder: OnnxEncoder) -> None:
    assert np.isfinite(encoder.encode(["charged \ud800 twice"])).all()


def test_the_id_is_that_of_the_files(encoder: OnnxEncoder, directory: Path) -> None:
    again = OnnxEncoder(directory, threads=1)
    again.close()
    assert again.id == encoder.id
    (directory / TOKENIZER).write_text((directory / TOKENIZER).read_text("utf-8") + "\n", "utf-8")
    from fakes import describe_encoder

    describe_encoder(directory, dimension=32)
    other = OnnxEncoder(directory, threads=1)
    other.close()
    assert other.id != encoder.id


@pytest.mark.parametrize("name", [GRAPH, TOKENIZER])
def test_a_changed_file_is_refused(directory: Path, name: str) -> None:
    (directory / name).write_bytes((directory / name).read_bytes() + b" ")
    with pytest.raises(ModelDamaged, match=name):
        OnnxEncoder(directory)


def test_no_encoder_is_told_with_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="firyad encoder"):
        OnnxEncoder(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("written", "error"),
    [
        ("{", ModelDamaged),
        ("[]", ModelIncompatible),
        ('{"format": 2}', ModelIncompatible),
        ('{"format": 1}', ModelDamaged),
    ],
)
def test_a_description_that_is_none_is_refused(directory: Path, written: str, error: type[Exception]) -> None:
    (directory / DESCRIPTION).write_text(written, "utf-8")
    with pytest.raises(error):
        OnnxEncoder(directory)


def test_a_description_with_a_field_too_many_is_refused(directory: Path) -> None:
    fields = json.loads((directory / DESCRIPTION).read_text("utf-8"))
    (directory / DESCRIPTION).write_text(json.dumps(fields | {"colour": "red"}), "utf-8")
    with pytest.raises(ModelDamaged):
        OnnxEncoder(directory)

"""A sentence-transformers model to what is served: an int8 ONNX graph, its tokenizer and a description."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from service.classify.encoder import (
    FORMAT,
    GRAPH,
    TOKENIZER,
    TOKENS,
    VECTOR,
    EncoderDescription,
)
from service.classify.files import sha256_file
from service.errors import EncoderUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

OPSET = 17
LONGEST = 512
"""Most tokens of a text the graph is given, even where a model would take more: cost grows with length."""


def export_encoder(model: SentenceTransformer, directory: Path, *, source: str) -> EncoderDescription:
    """Writes `encoder.onnx` (int8), `tokenizer.json` and `encoder.json` into the directory.

    Every module of the model (pooling, dense layers, normalising) goes into the graph, which ends in unit
    vectors even where the model does not, and the model's default prompt becomes the prefix.
    Raises: EncoderUnavailable for a model without a fast tokenizer."""
    directory.mkdir(parents=True, exist_ok=True)
    tokenizer = getattr(model.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise EncoderUnavailable(f"The tokenizer of {source} has no fast version. Choose another encoder.")
    tokenizer.save(str(directory / TOKENIZER))
    with TemporaryDirectory() as scratch:
        floats = Path(scratch) / "float.onnx"
        _export_graph(model, floats)
        _quantise(floats, directory / GRAPH)
    description = EncoderDescription(
        format=FORMAT,
        source=source,
        dimension=int(model.get_embedding_dimension() or 0),
        max_tokens=min(int(model.max_seq_length or LONGEST), LONGEST),
        prefix=(model.prompts or {}).get(model.default_prompt_name or "", ""),
        graph_sha256=sha256_file(directory / GRAPH),
        tokenizer_sha256=sha256_file(directory / TOKENIZER),
    )
    description.write(directory)
    return description


def _export_graph(model: SentenceTransformer, path: Path) -> None:
    import torch
    from sentence_transformers.sentence_transformer.modules import Normalize

    ends_in_units = isinstance(list(model)[-1], Normalize)
    tells_tokens = _is_mean_of_tokens(model)

    class Graph(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = model

        def forward(
            self, input_ids: torch.Tensor, attention_mask: torch.Tensor
        ) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            for module in self.encoder:
                features = module(features)
            embedding = features["sentence_embedding"]
            if not ends_in_units:
                embedding = torch.nn.functional.normalize(embedding, dim=-1)
            return (embedding, features["token_embeddings"]) if tells_tokens else embedding

    ids = torch.tensor([[5, 6, 7, 8], [5, 6, 7, 8]])
    outputs = [VECTOR, TOKENS] if tells_tokens else [VECTOR]
    with _quiet(), torch.inference_mode():
        torch.onnx.export(
            Graph().eval(),
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=outputs,
            dynamic_axes={
                "input_ids": {0: "text", 1: "token"},
                "attention_mask": {0: "text", 1: "token"},
                VECTOR: {0: "text"},
            }
            | ({TOKENS: {0: "text", 1: "token"}} if tells_tokens else {}),
            opset_version=OPSET,
            dynamo=False,
        )


def _is_mean_of_tokens(model: SentenceTransformer) -> bool:
    """Whether the vector is the direction of the mean of the transformer's token vectors, nothing between."""
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

    modules = list(model)
    pooled = [place for place, module in enumerate(modules) if isinstance(module, Pooling)]
    if pooled != [1] or not all(isinstance(module, Normalize) for module in modules[2:]):
        return False
    return bool(modules[1].pooling_mode == "mean")


def _quantise(floats: Path, path: Path) -> None:
    """Weights to int8 per channel, the embedding table too; activations are scaled as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _quiet():
        quantize_dynamic(
            floats,
            path,
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gather"],
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporters warn of tracing and of pre-processing, which concern neither this graph nor the user."""
    import logging

    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.setLevel(level)


def copy_encoder(source: Path, target: Path) -> None:
    """Copies an exported encoder's three files."""
    target.mkdir(parents=True, exist_ok=True)
    for name in (GRAPH, TOKENIZER, "encoder.json"):
        shutil.copyfile(source / name, target / name)

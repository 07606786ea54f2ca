"""Texts to vectors: the int8 ONNX graph and its tokenizer, served with onnxruntime on the CPU.

Each text goes through the graph alone, on one thread, and as many at once as there are threads. The int8
graph scales its activations per call: in a padded batch a text's vector would change with its neighbours (by
up to 0.006 in cosine), and the same complaint could get another answer under load. Alone it never does; and
short texts are also faster this way than as padded batches over several threads (README, "Measured").
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from service.classify.files import verify_files
from service.errors import ModelDamaged, ModelIncompatible, ModelMissing

FORMAT = 1
GRAPH, TOKENIZER, DESCRIPTION = "encoder.onnx", "tokenizer.json", "encoder.json"

Vectors = NDArray[np.float32]
VECTOR, TOKENS = "embedding", "tokens"
"""The graph's outputs; the second is there where the vector is the direction of a mean over tokens."""


@dataclass(frozen=True)
class Reading:
    """A text as the encoder read it: its unit vector and what each token gave to it.

    `tokens`: shape (n, dimension), float32; the vector is the direction of their mean. `spans`: the
    characters of the text each stands for, (0, 0) for one that is not of the text. Both are empty for an
    encoder whose vector is no mean, and so nothing can be said of a token's part."""

    vector: Vectors
    tokens: Vectors
    spans: tuple[tuple[int, int], ...]


class Encoder(Protocol):
    """Anything that turns texts into unit vectors."""

    @property
    def id(self) -> str:
        """What tells this encoder's vectors from another's; part of every cache key."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, shape (n, dimension), float32; it never depends on the other texts."""
        ...

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """The texts as `encode` has them, with what each token gave."""
        ...


@dataclass(frozen=True)
class EncoderDescription:
    """What `encoder.json` says: where the encoder came from and what its files must hash to."""

    format: int
    source: str
    dimension: int
    max_tokens: int
    prefix: str
    graph_sha256: str
    tokenizer_sha256: str

    def write(self, directory: Path) -> None:
        """Writes `encoder.json` into the directory."""
        (directory / DESCRIPTION).write_text(
            json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", "utf-8"
        )


def read_description(directory: Path) -> EncoderDescription:
    """What `encoder.json` in the directory says.

    Raises: ModelMissing, ModelDamaged, ModelIncompatible."""
    path = directory / DESCRIPTION
    try:
        fields = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ModelMissing(
            f"There is no encoder at {directory}. Run `firyad encoder` or `make train`."
        ) from error
    except ValueError as error:
        raise ModelDamaged(f"{path} is not JSON. Export the encoder again with `firyad encoder`.") from error
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise ModelIncompatible(
            f"{path} is not an encoder of format {FORMAT}. Export it again with `firyad encoder`."
        )
    try:
        return EncoderDescription(**fields)
    except TypeError as error:
        raise ModelDamaged(f"{path} lacks a field or has one too many. Export it again.") from error


class OnnxEncoder:
    """The encoder as it is served. Thread-safe; `close` it to end its threads."""

    def __init__(self, directory: Path, *, threads: int = 0) -> None:
        """Checks both files' hashes, then loads them. `threads`: 0 takes every core.

        Raises: ModelMissing, ModelDamaged, ModelIncompatible."""
        self.description = read_description(directory)
        verify_files(
            directory,
            {GRAPH: self.description.graph_sha256, TOKENIZER: self.description.tokenizer_sha256},
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._tokenizer = Tokenizer.from_file(str(directory / TOKENIZER))
            self._session = onnxruntime.InferenceSession(
                str(directory / GRAPH), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise ModelDamaged(
                f"The encoder at {directory} cannot be loaded ({type(error).__name__}). Export it again."
            ) from error
        first, *others = (output.name for output in self._session.get_outputs())
        self._outputs = [first, TOKENS] if TOKENS in others else [first]
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.description.max_tokens)
        self._pool = ThreadPoolExecutor(threads or available_cores(), thread_name_prefix="encoder")

    @property
    def id(self) -> str:
        """The hash of the graph and the tokenizer, shortened."""
        return f"{self.description.graph_sha256[:16]}-{self.description.tokenizer_sha256[:16]}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.description.dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, shape (n, dimension), float32; a text beyond `max_tokens` is cut there."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return np.stack(list(self._pool.map(self._encode_one, texts)))

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """The texts with what each token gave; a text beyond `max_tokens` is cut there."""
        return list(self._pool.map(self._read_one, texts))

    def close(self) -> None:
        """Ends the threads, after what they are doing."""
        self._pool.shutdown()

    def _pieces(self, text: str) -> Encoding:
        # An unpaired surrogate cannot be written as UTF-8, which the tokenizer needs.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        return self._tokenizer.encode(self.description.prefix + clean)

    def _run(self, pieces: Encoding, outputs: Sequence[str]) -> list[Vectors]:
        """Of each output the one text's row."""
        ids = np.asarray([pieces.ids], dtype=np.int64)
        rows = self._session.run(list(outputs), {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        return [row[0] for row in rows]

    def _encode_one(self, text: str) -> Vectors:
        return self._run(self._pieces(text), self._outputs[:1])[0]

    def _read_one(self, text: str) -> Reading:
        pieces = self._pieces(text)
        vector, *tokens = self._run(pieces, self._outputs)
        if not tokens:
            return Reading(vector, np.zeros((0, self.dimension), dtype=np.float32), ())
        before = len(self.description.prefix)
        spans = tuple((max(0, start - before), max(0, end - before)) for start, end in pieces.offsets)
        return Reading(vector, tokens[0], spans)


def available_cores() -> int:
    """Cores this process may use; a container's limit on them counts."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

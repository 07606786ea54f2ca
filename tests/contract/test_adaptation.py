"""Fine-tuning an encoder: it learns what it is taught, and its adapter keeps that, small and whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.errors import EncoderUnavailable
from training.settings import TrainingSettings

pytestmark = pytest.mark.training
torch = pytest.importorskip("torch", reason="needs the training extra")

from training.encoders.adapt import Lesson, Tutor  # noqa: E402
from training.encoders.adapter import Adapter, difference, read_adapter, text_hashes  # noqa: E402

WORDS = [
    *("invoice", "charged", "fee", "parcel", "driver", "late"),
    *("please", "help", "me", "now", "your", "our", "the", "thanks"),
]
SUBJECTS = {"billing": WORDS[:3], "delivery": WORDS[3:6]}
SETTINGS = replace(
    TrainingSettings(), adapt_passes=12, adapt_rate=5e-3, adapt_tokens=16, adapt_batch=8, adapter_rank=4
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of two small layers that has learned nothing."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(7)
    place = tmp_path_factory.mktemp("tiny")
    vocabulary = {word: place for place, word in enumerate(["[PAD]", "[UNK]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
    )
    BertModel(config).save_pretrained(place / "bert")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(
        place / "bert"
    )
    modules = [Transformer(str(place / "bert"), max_seq_length=16), Pooling(32, "mean")]
    SentenceTransformer(modules=modules, device="cpu").save(str(place / "model"), create_model_card=False)
    return place / "model"


def load(checkpoint: Path) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(checkpoint), device="cpu").eval()


def lessons(count: int, seed: int) -> list[Lesson]:
    """One telling word a text, among words that say nothing; every third text has nothing to learn from."""
    draw = np.random.default_rng(seed)
    made = []
    for row in range(count):
        subject = ("billing", "delivery")[row % 2]
        words = [*draw.choice(WORDS[6:], size=5), draw.choice(SUBJECTS[subject])]
        draw.shuffle(words)
        labels = {"theme": {subject: 1.0}} if row % 3 else {"kind": {"question": 0.5, "praise": 0.5}}
        made.append(Lesson(" ".join(words), labels))
    return made


def told_apart(model: Any, seed: int = 99) -> float:
    """How often the nearer centre of the two subjects' texts is a new text's own."""
    known, new = [
        (model.encode([lesson.text for lesson in some]), np.arange(len(some)) % 2)
        for some in (lessons(80, seed), lessons(80, seed + 1))
    ]
    centres = np.stack([known[0][known[1] == side].mean(axis=0) for side in (0, 1)])
    nearest = np.linalg.norm(new[0][:, None] - centres[None], axis=2).argmin(axis=1)
    return float((nearest == new[1]).mean())


@pytest.fixture(scope="module")
def taught(checkpoint: Path) -> Any:
    model = load(checkpoint)
    model.told = []
    model.labels = Tutor(model, settings=SETTINGS).teach(lessons(96, 1), progress=model.told.append)
    return model


def test_a_taught_encoder_places_new_texts_by_what_it_was_taught(checkpoint: Path, taught: Any) -> None:
    assert told_apart(load(checkpoint)) < 0.8
    assert told_apart(taught) > 0.9


def test_it_tells_of_every_text_it_goes_over_and_of_the_labels_it_learned(taught: Any) -> None:
    assert sum(taught.told) == 96 * SETTINGS.adapt_passes
    assert taught.labels == {"kind": ["praise", "question"], "theme": ["billing", "delivery"]}


def test_token_embeddings_stay_and_the_seed_decides_the_rest(checkpoint: Path, taught: Any) -> None:
    again = load(checkpoint)
    Tutor(again, settings=SETTINGS).teach(lessons(96, 1))
    before, after = load(checkpoint)[0].auto_model.state_dict(), again[0].auto_model.state_dict()
    assert torch.equal(
        before["embeddings.word_embeddings.weight"], after["embeddings.word_embeddings.weight"]
    )
    assert all(torch.equal(after[name], weight) for name, weight in taught[0].auto_model.state_dict().items())


def test_an_adapter_puts_back_what_was_learned(checkpoint: Path, taught: Any, tmp_path: Path) -> None:
    before = load(checkpoint)[0].auto_model.state_dict()
    changes = difference(before, taught[0].auto_model.state_dict(), rank=SETTINGS.adapter_rank)
    Adapter(changes, frozenset(text_hashes(["a", "b"])), {"rows": 2}).write(tmp_path)

    adapter = read_adapter(tmp_path)
    assert adapter is not None
    adapted = load(checkpoint)
    adapter.apply(adapted[0].auto_model)

    assert adapter.seen == frozenset(text_hashes(["a", "b"]))
    assert (adapter.about["rows"], adapter.about["sha256"]) == (2, adapter.sha256())
    assert told_apart(adapted) > 0.85
    assert sum(change.nbytes for change in changes.values()) < 100_000


def test_at_full_rank_nothing_but_precision_is_lost() -> None:
    draw = torch.Generator().manual_seed(3)
    before = {"layer": torch.randn(12, 40, generator=draw), "bias": torch.randn(12, generator=draw)}
    after = {name: weight + torch.randn(weight.shape, generator=draw) for name, weight in before.items()}
    for rank in (5, 12):
        model = torch.nn.Module()
        model.layer, model.bias = (torch.nn.Parameter(before[name].clone()) for name in before)
        Adapter(difference(before, after, rank=rank), frozenset()).apply(model)
        error = (model.layer - after["layer"]).norm() / (after["layer"] - before["layer"]).norm()
        assert torch.allclose(model.bias, after["bias"], atol=1e-2)
        assert (error < 0.01) == (rank == 12)


def test_there_may_be_no_adapter(tmp_path: Path) -> None:
    assert read_adapter(tmp_path) is None


def test_a_damaged_adapter_and_one_of_another_encoder_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    Adapter({"whole.other.weight": np.ones(3, dtype=np.float16)}, frozenset()).write(tmp_path)
    adapter = read_adapter(tmp_path)
    assert adapter is not None
    with pytest.raises(EncoderUnavailable, match=r"other\.weight"):
        adapter.apply(load(checkpoint)[0].auto_model)
    about = json.loads((tmp_path / "adapter.json").read_text("utf-8"))
    (tmp_path / "adapter.json").write_text(json.dumps(about | {"sha256": "0" * 64}), "utf-8")
    with pytest.raises(EncoderUnavailable, match="firyad adapt"):
        read_adapter(tmp_path)

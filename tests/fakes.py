"""Small stand-ins that really run: an encoder of hashed n-grams, a model of a few texts, an app to ask."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import httpx
import joblib
import numpy as np
import sklearn
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from service.classify.centring import Centring
from service.classify.decide import Calibration, Thresholds
from service.classify.encoder import GRAPH, TOKENIZER, Encoder, EncoderDescription, Reading, Vectors
from service.classify.files import sha256_file
from service.classify.heads import Head, Member
from service.classify.model import CURRENT, ENCODER, FORMAT, HEADS, MANIFEST, POLICY, TAXONOMY, Model
from service.classify.neighbours import Labelled, Neighbours
from service.classify.pipeline import Classifier
from service.classify.topics import Topic, TopicIndex
from service.classify.urgency import STATES, UrgencyPolicy, read_policy, reason_task
from service.taxonomy import Taxonomy, read_taxonomy
from service.text import normalise, words
from service.values import Classification, Message

DATA = Path(__file__).parents[1] / "data"
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)

TWICE, OUTAGE, LATE, UNCLEAR = (
    "billing.double_charge",
    "service.outage",
    "delivery.late",
    "support.unclear_information",
)
LABELS: Mapping[str, Mapping[str, str]] = {
    TWICE: {"kind": "complaint", "sentiment": "negative", "urgency": "high"},
    OUTAGE: {"kind": "complaint", "sentiment": "negative", "urgency": "critical"},
    LATE: {"kind": "complaint", "sentiment": "neutral", "urgency": "normal"},
    UNCLEAR: {"kind": "question", "sentiment": "neutral", "urgency": "low"},
}
"""What the other tasks say of a text, by its theme."""

TEXTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    TWICE: {
        "en": (
            "I was charged twice for one order",
            "My card was debited two times, please return one charge",
            "You charged me double for the same bill",
        ),
        "te": (
            "ఒకే ఆర్డర్‌కి రెండుసార్లు డబ్బు కట్ అయింది",
            "నా కార్డు నుండి రెండు సార్లు వసూలు చేశారు",
            "ఒక బిల్లుకి రెండుసార్లు డబ్బు తీసుకున్నారు",
        ),
        "ne": (
            "एउटै बिलको पैसा दुई पटक काटियो",
            "मेरो कार्डबाट दोहोरो रकम काटिएको छ",
            "एक अर्डरको लागि दुई पटक पैसा लियो",
        ),
    },
    OUTAGE: {
        "en": (
            "The internet is down in our whole street",
            "No power and no network since yesterday",
            "Water supply has stopped, the service is down",
        ),
        "te": (
            "నిన్నటి నుండి ఇంటర్నెట్ పనిచేయడం లేదు",
            "మా వీధిలో కరెంటు లేదు, నెట్‌వర్క్ లేదు",
            "నీటి సరఫరా ఆగిపోయింది",
        ),
        "ne": (
            "हिजोदेखि इन्टरनेट चलेको छैन",
            "हाम्रो टोलमा बत्ती छैन, नेटवर्क छैन",
            "खानेपानी आपूर्ति बन्द भएको छ",
        ),
    },
    LATE: {
        "en": (
            "My parcel has not arrived, it is a week late",
            "The delivery is late again, where is the courier",
            "Still waiting for my package",
        ),
        "te": (
            "నా పార్సిల్ ఇంకా రాలేదు, వారం ఆలస్యం",
            "డెలివరీ మళ్ళీ ఆలస్యం అయింది, కొరియర్ ఎక్కడ",
            "ప్యాకేజీ కోసం ఇంకా ఎదురుచూస్తున్నాను",
        ),
        "ne": (
            "मेरो पार्सल अझै आएन, एक हप्ता ढिलो भयो",
            "डेलिभरी फेरि ढिलो भयो, कुरियर कहाँ छ",
            "सामान अझै पर्खिरहेको छु",
        ),
    },
    UNCLEAR: {
        "en": (
            "Which documents do I need to open an account?",
            "Please explain how the tariff works",
            "Where can I find the opening hours?",
        ),
        "te": (
            "ఖాతా తెరవడానికి ఏ పత్రాలు కావాలి?",
            "టారిఫ్ ఎలా పనిచేస్తుందో వివరించండి",
            "తెరిచే సమయాలు ఎక్కడ చూడాలి?",
        ),
        "ne": (
            "खाता खोल्न कुन कागजात चाहिन्छ?",
            "शुल्क कसरी लाग्छ, बुझाइदिनुहोस्",
            "कार्यालय खुल्ने समय कहाँ हेर्ने?",
        ),
    },
}
"""The corpus: three short texts by theme and language."""


@dataclass(frozen=True)
class Row:
    """A text of the corpus, normalised, with its theme and language."""

    text: str
    theme: str
    language: str


ROWS = tuple(
    Row(normalise(text), theme, language)
    for theme, by_language in TEXTS.items()
    for language, texts in by_language.items()
    for text in texts
)


class HashedEncoder:
    """Character trigrams hashed to 32 signed counts: deterministic, also from one process to another."""

    id = "hashed-trigrams"
    dimension = 32

    def encode(self, texts: Sequence[str]) -> Vectors:
        """See Encoder.encode."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            padded = f"  {text.lower()}  "
            for start in range(len(padded) - 2):
                code = zlib.crc32(padded[start : start + 3].encode("utf-8", "surrogatepass"))
                row[code % self.dimension] += 1.0 if code & 0x100 else -1.0
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return vectors

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """See Encoder.read; a token is a trigram and stands for its middle letter."""
        return [self._read(text, vector) for text, vector in zip(texts, self.encode(texts), strict=True)]

    def _read(self, text: str, vector: Vectors) -> Reading:
        padded = f"  {text.lower()}  "
        tokens = np.zeros((len(padded) - 2, self.dimension), dtype=np.float32)
        spans = []
        for start, token in enumerate(tokens):
            code = zlib.crc32(padded[start : start + 3].encode("utf-8", "surrogatepass"))
            token[code % self.dimension] = 1.0 if code & 0x100 else -1.0
            inside = 1 <= start <= len(text) and not text[start - 1].isspace()
            spans.append((start - 1, start) if inside else (0, 0))
        return Reading(vector, tokens, tuple(spans))


@cache
def taxonomy() -> Taxonomy:
    """The project's own taxonomy."""
    return read_taxonomy(DATA / TAXONOMY)


@cache
def policy() -> UrgencyPolicy:
    """The project's own urgency policy."""
    return read_policy(DATA / POLICY, list(taxonomy().urgencies))


def reason_head(vectors: Vectors, languages: Sequence[str], centring: Centring) -> Head:
    """A head of a reason, which every other row is said to state; it never counts."""
    truth = np.where(np.arange(len(vectors)) % 2, *reversed(STATES))
    estimator = LogisticRegression().fit(centring.apply(vectors, languages), truth)
    calibration = Calibration(Thresholds({}, {}), None, np.full(9, 0.5))
    member = Member("m", "centred", estimator, 1.0)
    return Head(reason_task("repeat_contact"), STATES, (member,), centring, calibration)


def fitted_model(encoder: Encoder, *, version: str = "tiny-1") -> Model:
    """Real scikit-learn heads, fitted on ROWS in a blink, with a topic for each theme."""
    texts = [row.text for row in ROWS]
    languages = [row.language for row in ROWS]
    vectors = encoder.encode(texts)
    centring = Centring.fit(vectors, languages, fewest=5)

    def head(task: str) -> Head:
        truth = [row.theme if task == "theme" else LABELS[row.theme][task] for row in ROWS]
        views = {"vectors": vectors, "centred": centring.apply(vectors, languages)}
        members = [
            Member(view, view, LogisticRegression(C=10).fit(views[view], truth), 0.3)
            for view in ("vectors", "centred")
        ]
        ngrams = make_pipeline(
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)), LogisticRegression(C=30)
        )
        ngrams.fit(texts, truth)
        return Head(
            task,
            tuple(ngrams.classes_.tolist()),
            (*members, Member("ngrams", "texts", ngrams, 1.0)),
            centring,
        )

    centred = centring.apply(vectors, languages)
    themes = np.asarray([row.theme for row in ROWS])
    means = np.stack([centred[themes == theme].mean(axis=0) for theme in TEXTS])
    centroids = means / np.linalg.norm(means, axis=1, keepdims=True)
    topics = [
        Topic(f"t-{number:04d}", 9, 0.2, {"en": [theme]}, [TEXTS[theme]["en"][0]])
        for number, theme in enumerate(TEXTS)
    ]
    model = Model(
        version=version,
        manifest={},
        taxonomy=taxonomy(),
        encoder=encoder,
        heads={task: head(task) for task in ("theme", "kind", "sentiment", "urgency")},
        topics=TopicIndex(topics, centroids.astype(np.float32), centring),
        neighbours=Neighbours(
            [Labelled(row.text, row.theme, row.language) for row in ROWS],
            centred.astype(np.float16),
            centring,
            np.linspace(0.1, 0.6, 40),
        ),
        policy=policy(),
        reasons={"repeat_contact": reason_head(vectors, languages, centring)},
    )
    return replace(model, manifest={"self_test": Classifier(model).self_test()})


@cache
def tiny_model() -> Model:
    """The model most tests share; it is frozen."""
    return fitted_model(HashedEncoder())


def write_model(directory: Path, model: Model, *, encoder: Callable[[Path], None] | None = None) -> Path:
    """The model on disk as training publishes it. `encoder` writes the encoder's files; by default they are
    no graph and no tokenizer, which only whoever loads them finds out."""
    (directory / HEADS).mkdir(parents=True)
    (directory / ENCODER).mkdir()
    (encoder or write_hollow_encoder)(directory / ENCODER)
    for task, head in model.heads.items():
        joblib.dump(head, directory / HEADS / f"{task}.joblib")
    if model.topics is not None:
        model.topics.save(directory)
    if model.neighbours is not None:
        model.neighbours.save(directory)
    for name, head in model.reasons.items():
        joblib.dump(head, directory / HEADS / f"{reason_task(name)}.joblib")
    (directory / TAXONOMY).write_text(model.taxonomy.to_yaml(), "utf-8")
    (directory / POLICY).write_text(model.policy.to_yaml(), "utf-8")
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    manifest = {
        "format": FORMAT,
        "version": model.version,
        "labels": {task: list(head.labels) for task, head in model.heads.items()},
        "reasons": {name: {"threshold": 0.5} for name in model.reasons},
        "libraries": {"scikit-learn": sklearn.__version__},
        "self_test": model.manifest["self_test"],
        "files": {path.relative_to(directory).as_posix(): sha256_file(path) for path in files},
    }
    write_manifest(directory, manifest)
    return directory


def write_manifest(directory: Path, manifest: Mapping[str, Any]) -> None:
    """Writes `manifest.json`."""
    (directory / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")


def rehash(directory: Path) -> None:
    """Makes the manifest true to the files as they are now."""
    manifest = json.loads((directory / MANIFEST).read_text("utf-8"))
    write_manifest(
        directory, manifest | {"files": {name: sha256_file(directory / name) for name in manifest["files"]}}
    )


def write_hollow_encoder(directory: Path) -> None:
    """Encoder files with true hashes and nothing in them that could be loaded."""
    (directory / GRAPH).write_bytes(b"no graph")
    (directory / TOKENIZER).write_bytes(b"no tokenizer")
    describe_encoder(directory, dimension=HashedEncoder.dimension)


def write_onnx_encoder(directory: Path) -> None:
    """A real, tiny encoder: the mean of seeded word vectors, of unit length. Needs onnx (training extra)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    vocabulary = ["[UNK]", *sorted({word for row in ROWS for word in words(row.text)})]
    tokenizer = Tokenizer(
        WordLevel({word: number for number, word in enumerate(vocabulary)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(directory / TOKENIZER))
    table = np.random.default_rng(7).normal(size=(len(vocabulary), 32)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "input_ids"], ["tokens"]),
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
            helper.make_node("Mul", ["tokens", "column"], ["seen"]),
            helper.make_node("ReduceSum", ["seen", "second"], ["sum"], keepdims=0),
            helper.make_node("ReduceL2", ["sum", "second"], ["length"], keepdims=1),
            helper.make_node("Div", ["sum", "length"], ["vector"]),
        ],
        "encoder",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, ["batch", 32])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([2], dtype=np.int64), "last"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "second"),
        ],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), directory / GRAPH
    )
    describe_encoder(directory, dimension=32)


def describe_encoder(directory: Path, *, dimension: int, max_tokens: int = 64) -> None:
    """Writes `encoder.json` for the two files that are there."""
    EncoderDescription(
        format=1,
        source="made for a test",
        dimension=dimension,
        max_tokens=max_tokens,
        prefix="",
        graph_sha256=sha256_file(directory / GRAPH),
        tokenizer_sha256=sha256_file(directory / TOKENIZER),
    ).write(directory)


def point_current(models_dir: Path, version: str) -> None:
    """Makes `models/current` name the version."""
    (models_dir / CURRENT).symlink_to(version)


def message(text: str, **fields: Any) -> Message:
    """A message received at NOON."""
    return Message(text, **({"received_at": NOON} | fields))


def theme_of(classification: Classification) -> str:
    """The theme a classification gives."""
    return classification.labels["theme"].id


class Api:
    """A plain client of an app whose lifespan has begun. An exception that leaves the app fails the test."""

    def __init__(self, portal: BlockingPortal, client: httpx.AsyncClient, app: FastAPI) -> None:
        self._portal = portal
        self.client = client
        self.app = app

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        """One request and its answer."""
        return self._portal.call(partial(self.client.request, method, path, **given))

    def get(self, path: str, **given: Any) -> httpx.Response:
        """One GET."""
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> httpx.Response:
        """One POST."""
        return self.request("POST", path, **given)

    def classify(self, text: str, **fields: Any) -> dict[str, Any]:
        """The answer to one message, which must be 200."""
        answer = self.post("/classify", json={"text": text, **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def at_once(self, bodies: Sequence[Any]) -> list[httpx.Response]:
        """The answers to POST /classify of all of these at the same time, in order."""

        async def ask() -> list[httpx.Response]:
            return await asyncio.gather(*(self.client.post("/classify", json=body) for body in bodies))

        return self._portal.call(ask)

    def run(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """What the coroutine function returns, run in the app's event loop."""
        return self._portal.call(work)


@contextmanager
def serving(app: FastAPI) -> Iterator[Api]:
    """The app between its start and its end, in an event loop of its own."""

    @contextmanager
    def client(portal: BlockingPortal) -> Iterator[httpx.AsyncClient]:
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://firyad")
        with portal.wrap_async_context_manager(client) as opened:
            yield opened

    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
        client(portal) as opened,
    ):
        yield Api(portal, opened, app)

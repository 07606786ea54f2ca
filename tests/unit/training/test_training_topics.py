from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("datasketch", reason="needs the training extra: pip install firyad[training]")

from service.classify.encoder import Vectors
from training.settings import TrainingSettings
from training.topics.fit import FittedTopics, fit_topics, telling_words

pytestmark = pytest.mark.training

SUBJECTS = ("billing", "delivery", "manners")
WORDS = {
    "en": {
        "billing": ("invoice", "charged", "refund", "fee"),
        "delivery": ("parcel", "driver", "late", "box"),
        "manners": ("rude", "shouted", "clerk", "counter"),
    },
    "te": {
        "billing": ("బిల్లు", "డబ్బు", "వాపసు", "రుసుము"),
        "delivery": ("పార్సెల్", "డ్రైవర్", "ఆలస్యం", "పెట్టె"),
        "manners": ("మర్యాద", "అరిచాడు", "గుమాస్తా", "కౌంటర్"),
    },
}
PHONE = "9848012345"


def corpus(count: int) -> tuple[list[str], Vectors, list[str], list[str]]:
    """Texts, vectors, languages and subjects: three subjects, and languages further apart than subjects."""
    rng = np.random.default_rng(4)
    centres = {subject: 2.0 * np.eye(24)[place] for place, subject in enumerate(SUBJECTS)}
    offsets = {"en": np.zeros(24), "te": 5.0 * np.eye(24)[10]}
    texts, vectors, languages, subjects = [], [], [], []
    for row in range(count):
        code, subject = ("en", "te")[row % 2], SUBJECTS[(row // 2) % 3]
        words = rng.permutation(WORDS[code][subject])[:3].tolist()
        texts.append(" ".join([*words, "call" if code == "en" else "ఫోన్", PHONE]))
        vector = centres[subject] + offsets[code] + rng.normal(scale=0.25, size=24)
        vectors.append(vector / np.linalg.norm(vector))
        languages.append(code)
        subjects.append(subject)
    return texts, np.asarray(vectors, dtype=np.float32), languages, subjects


@pytest.fixture(scope="module")
def settings() -> TrainingSettings:
    return TrainingSettings(topic_size=(20, 60))


@pytest.fixture(scope="module")
def found(settings: TrainingSettings) -> FittedTopics:
    texts, vectors, languages, _ = corpus(300)
    topics = fit_topics(texts, vectors, languages, settings=settings)
    assert topics is not None
    return topics


def test_a_topic_is_one_subject_in_every_language(found: FittedTopics) -> None:
    _, vectors, languages, subjects = corpus(300)
    assert 3 <= len(found.index.topics) <= 5, "six would be one for each language"
    matches = found.index.nearest(vectors, languages)
    for subject in SUBJECTS:
        for code in ("en", "te"):
            ids = [
                match.id
                for match, language, about in zip(matches, languages, subjects, strict=True)
                if match and language == code and about == subject
            ]
            assert len(ids) > 25
    by_topic = {
        topic.id: {
            (subjects[row], languages[row])
            for row, match in enumerate(matches)
            if match and match.id == topic.id
        }
        for topic in found.index.topics
    }
    for held in by_topic.values():
        assert len({subject for subject, _ in held}) == 1
        assert {code for _, code in held} == {"en", "te"}


def test_topics_are_told_largest_first_in_the_words_of_each_language(found: FittedTopics) -> None:
    sizes = [topic.size for topic in found.index.topics]
    assert sizes == sorted(sizes, reverse=True)
    assert [topic.id for topic in found.index.topics[:2]] == ["t-0001", "t-0002"]
    assert sum(sizes) == round(300 * (1 - found.outlier_share))
    for topic in found.index.topics:
        assert set(topic.words) == {"en", "te"}
        (subject,) = (name for name in SUBJECTS if topic.words["en"][0] in WORDS["en"][name])
        assert set(topic.words["te"][:2]) <= set(WORDS["te"][subject])


def test_examples_are_redacted_and_in_every_language(found: FittedTopics) -> None:
    for topic in found.index.topics:
        shown = " ".join([*topic.examples, *(word for words in topic.words.values() for word in words)])
        assert PHONE not in shown
        assert PHONE[:5] not in shown
        assert any(example.isascii() for example in topic.examples)
        assert any("ఫోన్" in example for example in topic.examples)


def test_what_stands_for_a_redacted_number_names_no_topic(settings: TrainingSettings) -> None:
    _, vectors, languages, subjects = corpus(300)
    texts = [
        f"{WORDS[code][subject][row % 4]} [email] [bank_account] call {PHONE if subject == 'billing' else ''}"
        for row, (code, subject) in enumerate(zip(languages, subjects, strict=True))
    ]
    topics = fit_topics(texts, vectors, languages, settings=settings)
    assert topics is not None
    named = {word for topic in topics.index.topics for words in topic.words.values() for word in words}
    assert "invoice" in named
    assert not {"phone", "email", "bank", "account", "bank_account"} & named


def test_most_members_lie_within_the_reach_and_strangers_outside(found: FittedTopics) -> None:
    _, vectors, languages, _ = corpus(300)
    matches = found.index.nearest(vectors, languages)
    assert 0.8 <= sum(match is not None for match in matches) / 300 <= 0.97
    stranger = np.zeros((1, 24), dtype=np.float32)
    stranger[0, 20] = 1
    assert found.index.nearest(stranger, ["en"]) == [None]


def test_the_same_rows_and_seed_give_the_same_topics(found: FittedTopics, settings: TrainingSettings) -> None:
    texts, vectors, languages, _ = corpus(300)
    again = fit_topics(texts, vectors, languages, settings=settings)
    assert again is not None
    assert again.index.topics == found.index.topics
    assert np.array_equal(again.index.centroids, found.index.centroids)


def test_a_small_corpus_has_no_topics(settings: TrainingSettings) -> None:
    texts, vectors, languages, _ = corpus(99)
    assert fit_topics(texts, vectors, languages, settings=settings) is None


def test_texts_without_a_telling_word_do_not_stop_a_run(settings: TrainingSettings) -> None:
    _, vectors, languages, _ = corpus(120)
    topics = fit_topics(["😡 12 !"] * 120, vectors, languages, settings=settings)
    assert topics is None or all(not any(topic.words.values()) for topic in topics.index.topics)


def test_bare_numbers_and_letters_name_no_topic() -> None:
    assert telling_words("I paid 1200 ₹ for ది బిల్లు Twice") == ["paid", "for", "ది", "బిల్లు", "twice"]

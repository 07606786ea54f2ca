"""Which reasons of urgency are learned from marked rows, and from which probability on each counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("datasketch", reason="needs the training extra: pip install firyad[training]")

from service.classify.encoder import Encoder, Vectors
from service.classify.urgency import STATED, STATES, Reason, UrgencyPolicy, reason_task
from service.taxonomy import Taxonomy
from training.adaptation import labels_of
from training.corpus.load import Corpus, load_corpus
from training.reasons import LearnedReason, figures_of, fit_reasons
from training.settings import TrainingSettings

pytestmark = pytest.mark.training

COURT, COIN, RARE = "legal_threat", "deadline", "wide_outage"
POLICY = UrgencyPolicy(version=1, reasons={name: Reason(at_least="high") for name in (COURT, COIN, RARE)})
FILLERS = [
    f"{start}{end}" for start in ("ba", "ke", "lo", "mi", "nu", "ra") for end in ("ston", "pel", "dor")
]
RARE_ROWS = 6

Fit = Callable[..., dict[str, LearnedReason]]


@dataclass(frozen=True)
class Marked:
    """A row: its words, and what it is marked with; None where it does not say."""

    text: str
    reasons: str | None


def marked_rows(count: int, *, seed: int = 3) -> list[Marked]:
    """Every third row speaks of court and is marked so; another mark falls by chance; a third is rare."""
    draw = np.random.default_rng(seed)
    made = []
    for row in range(count):
        court, coin, rare = row % 3 == 0, bool(draw.random() < 0.4), row < RARE_ROWS
        words = [*draw.choice(FILLERS, size=5), *(["lawyer", "court"] if court else ["please", "reply"])]
        named = [name for name, given in ((COURT, court), (COIN, coin), (RARE, rare)) if given]
        made.append(Marked(f"{' '.join(draw.permutation(words))} row{row}", " ".join(named) or "-"))
    return made


@pytest.fixture
def load(tmp_path: Path, taxonomy: Taxonomy, settings: TrainingSettings) -> Callable[..., Corpus]:
    def loaded(rows: Sequence[Marked]) -> Corpus:
        path = tmp_path / "rows.jsonl"
        lines = [{"text": row.text, "kind": "complaint", "reasons": row.reasons} for row in rows]
        path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
        corpus, _ = load_corpus(
            path,
            taxonomy=taxonomy,
            columns={},
            encoding=None,
            settings=settings,
            reasons=POLICY.reasons,
        )
        assert corpus.bad_rows == ()
        return corpus

    return loaded


def fitted(
    corpus: Corpus,
    vectors: Vectors,
    settings: TrainingSettings,
    *,
    rows: NDArray[np.intp] | None = None,
    policy: UrgencyPolicy = POLICY,
) -> dict[str, LearnedReason]:
    chosen = np.arange(len(corpus.records)) if rows is None else rows
    return fit_reasons(corpus, vectors, chosen, policy=policy, settings=settings)


@pytest.fixture
def learned(
    load: Callable[..., Corpus], encoder: Encoder, settings: TrainingSettings
) -> dict[str, LearnedReason]:
    corpus = load(marked_rows(240))
    return fitted(corpus, encoder.encode(corpus.texts), settings)


def test_a_reason_that_texts_state_is_learned_and_counts_from_a_threshold_on(
    learned: dict[str, LearnedReason],
) -> None:
    head, figures = learned[COURT].head, learned[COURT].figures
    assert head is not None
    assert (head.task, head.labels) == (reason_task(COURT), STATES)
    assert head.calibration is not None
    least = head.calibration.labels.by_label[STATED]["suggest"]
    assert figures["threshold"] == pytest.approx(least, abs=1e-4)
    assert figures["precision"] >= POLICY.precision
    assert figures["recall"] >= 0.8


def test_it_tells_new_texts_that_state_it_from_those_that_do_not(
    learned: dict[str, LearnedReason], encoder: Encoder
) -> None:
    head = learned[COURT].head
    assert head is not None
    assert head.calibration is not None
    new = marked_rows(60, seed=9)
    texts = [row.text for row in new]
    said = head.probabilities(texts, encoder.encode(texts), ["en"] * len(texts))[:, STATES.index(STATED)]
    counted = said >= head.calibration.labels.by_label[STATED]["suggest"]
    truth = np.asarray([COURT in str(row.reasons) for row in new])
    assert (counted & truth).sum() / counted.sum() >= POLICY.precision
    assert (counted & truth).sum() / truth.sum() >= 0.7


def test_a_reason_that_falls_by_chance_never_counts(learned: dict[str, LearnedReason]) -> None:
    head, figures = learned[COIN].head, learned[COIN].figures
    assert head is not None
    assert head.calibration is not None
    assert head.calibration.labels.by_label == {}
    assert (figures["threshold"], figures["precision"], figures["recall"]) == (None, None, 0.0)


def test_a_reason_of_too_few_rows_has_no_head(learned: dict[str, LearnedReason]) -> None:
    assert learned[RARE].head is None
    assert set(learned[RARE].figures) == {"rows", "of"}


def test_the_figures_say_how_many_rows_state_it_of_how_many(learned: dict[str, LearnedReason]) -> None:
    figures = figures_of(learned)
    assert {name: (one["rows"], one["of"]) for name, one in figures.items() if name != COIN} == {
        COURT: (80, 240),
        RARE: (RARE_ROWS, 240),
    }
    assert list(figures) == list(POLICY.reasons)
    assert json.loads(json.dumps(figures)) == figures


def test_a_stricter_policy_never_has_the_lower_threshold(
    load: Callable[..., Corpus], encoder: Encoder, settings: TrainingSettings
) -> None:
    corpus = load(marked_rows(240))
    vectors = encoder.encode(corpus.texts)
    found = []
    for precision in (0.55, 0.8, 0.93):
        policy = UrgencyPolicy(version=1, precision=precision, reasons={COURT: POLICY.reasons[COURT]})
        figures = fitted(corpus, vectors, settings, policy=policy)[COURT].figures
        assert figures["threshold"] is None or figures["precision"] >= precision
        found.append(2.0 if figures["threshold"] is None else figures["threshold"])
    assert found == sorted(found)
    assert found[0] < 2


def test_rows_without_a_mark_say_nothing_either_way(
    load: Callable[..., Corpus], encoder: Encoder, settings: TrainingSettings
) -> None:
    """An unmarked row may well state it: it is no example of a text that does not."""
    marked = marked_rows(120)
    unmarked = [replace(row, reasons=None) for row in marked_rows(90, seed=5)]
    corpus, alone = load([*marked, *unmarked]), load(marked)
    mixed = fitted(corpus, encoder.encode(corpus.texts), settings)
    assert mixed[COURT].figures["of"] == 120
    pure = fitted(alone, encoder.encode(alone.texts), settings)
    assert mixed[COURT].figures["rows"] == pure[COURT].figures["rows"] == 40


def test_only_the_rows_given_are_learned_from(
    load: Callable[..., Corpus], encoder: Encoder, settings: TrainingSettings
) -> None:
    corpus = load(marked_rows(120))
    some = fitted(corpus, encoder.encode(corpus.texts), settings, rows=np.arange(60))
    assert some[COURT].figures["of"] == 60


def test_of_a_file_with_hardly_a_mark_nothing_is_learned(
    load: Callable[..., Corpus], encoder: Encoder, settings: TrainingSettings
) -> None:
    rows = marked_rows(60)
    few = settings.minimum_rows_per_task - 1
    corpus = load([*rows[:few], *(replace(row, reasons=None) for row in rows[few:])])
    assert fitted(corpus, encoder.encode(corpus.texts), settings) == {}


def test_without_reasons_in_the_policy_there_is_nothing_to_learn(
    load: Callable[..., Corpus], encoder: Encoder, settings: TrainingSettings
) -> None:
    corpus = load(marked_rows(60))
    bare = UrgencyPolicy(version=1)
    assert fitted(corpus, encoder.encode(corpus.texts), settings, policy=bare) == {}


def test_the_same_rows_give_the_same_head(
    load: Callable[..., Corpus], encoder: Encoder, settings: TrainingSettings
) -> None:
    corpus = load(marked_rows(120))
    vectors = encoder.encode(corpus.texts)
    one, two = (fitted(corpus, vectors, settings)[COURT] for _ in range(2))
    assert one.figures == two.figures
    assert one.head is not None
    assert two.head is not None
    said = [head.probabilities(corpus.texts, vectors, corpus.detected) for head in (one.head, two.head)]
    np.testing.assert_array_equal(*said)


# ---- what the encoder is taught


def test_a_marked_row_teaches_every_reason_that_is_stated_somewhere(load: Callable[..., Corpus]) -> None:
    corpus = load([Marked(f"one of {row} ston", f"{COURT}") for row in range(20)])
    labels = labels_of(corpus, 0, reasons=[COIN, COURT])
    assert labels == {
        "kind": {"complaint": 1.0},
        reason_task(COURT): {STATED: 1.0},
        reason_task(COIN): {STATES[0]: 1.0},
    }


def test_a_row_marked_with_none_teaches_that_it_states_none_and_an_unmarked_one_nothing(
    load: Callable[..., Corpus],
) -> None:
    rows = [Marked("nothing to see", "-"), Marked("who knows", None)]
    corpus = load([*rows, *(Marked(f"filler {row} pel", "-") for row in range(20))])
    assert labels_of(corpus, 0, reasons=[COURT]) == {
        "kind": {"complaint": 1.0},
        reason_task(COURT): {STATES[0]: 1.0},
    }
    assert labels_of(corpus, 1, reasons=[COURT]) == {"kind": {"complaint": 1.0}}

"""Messages to classifications: normalise, tell the language, encode, run the heads, name owner and clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from service.classify.decide import (
    COMPLAINT,
    LEAST_STRICT,
    NOT_A_COMPLAINT,
    TOO_SHORT,
    UNSUPPORTED_LANGUAGE,
    ThemeDecision,
    decide_theme,
)
from service.classify.heads import Probabilities
from service.classify.model import Model
from service.classify.routing import Facts, assign
from service.classify.served import ServedHeads
from service.errors import ModelDamaged, TextRejected
from service.text import body, detect_language, normalise
from service.text.script import script_counts
from service.values import Asked, Classification, Label, Language, Message, TopicMatch

SELF_TEST = (
    "I was charged twice for the same order and nobody answers my e-mails.",
    "నా ఖాతా నుండి డబ్బు కట్ అయింది కానీ రీఛార్జ్ కాలేదు.",
    "दुई दिनदेखि इन्टरनेट चलेको छैन, कहिले बन्छ?",
)
"""Messages classified at the end of training; a service that loads the model must say the same of them."""
SELF_TEST_TOLERANCE = 0.05
"""Probabilities may differ so far between processors, whose int8 arithmetic rounds differently."""


FEWEST_LETTERS = 8
"""Letters below which a text says little; a letter of Chinese, Japanese or Korean counts for three."""
SURE_LANGUAGE = 0.9
"""Probability from which on a language nobody trained is taken for what it is."""
NO_WISHES = Asked()
DECIMALS = 6
"""Of a probability: far below what it can mean, far above what the rest of a batch can change."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A message as it is read: its own text, the language detected, the one to answer in, what was asked."""

    message: Message
    text: str
    detected: Language
    language: Language
    asked: Asked


def _read(index: int, message: Message, hint: str | None, asked: Asked) -> _Read:
    own = body(message.text).text
    text = normalise(own)
    if not text:
        raise TextRejected(f"Message {index} has no text to read. Send at least one visible character.")
    detected = detect_language(own)
    language = detect_language(own, hint=hint) if hint else detected
    return _Read(message, text, detected, language, asked)


class Classifier:
    """A loaded model as a function from messages to classifications. Thread-safe."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._heads = ServedHeads(model.heads)
        self._languages = {code for head in model.heads.values() for code in head.centring.by_language}
        """Languages with training rows enough for a mean of their own."""

    def classify(
        self,
        messages: Sequence[Message],
        *,
        hints: Sequence[str | None] = (),
        asked: Sequence[Asked] = (),
    ) -> list[Classification]:
        """One classification a message, in order; what one gets never depends on the others.

        `hints`: the language the sender is known to write, by message, where known; it decides the answer's
        language and the route, never a label, for in training there were no hints. `asked`: what the caller
        wants beyond the usual, by message. Raises: TextRejected for a text in which nothing is left to
        read."""
        read = [
            _read(index, *given)
            for index, given in enumerate(
                zip(
                    messages,
                    hints or [None] * len(messages),
                    asked or [NO_WISHES] * len(messages),
                    strict=True,
                )
            )
        ]
        vectors = self.model.encoder.encode([one.text for one in read])
        codes = [one.detected.code for one in read]
        topics: Sequence[TopicMatch | None] = [None] * len(read)
        if self.model.topics is not None:
            topics = self.model.topics.nearest(vectors, codes)
        return [
            self._decide(one, topic, self._heads.probabilities(one.text, vector, one.detected.code))
            for one, vector, topic in zip(read, vectors, topics, strict=True)
        ]

    def _decide(
        self, read: _Read, topic: TopicMatch | None, scores: Mapping[str, Probabilities]
    ) -> Classification:
        message = read.message
        taxonomy = self.model.taxonomy
        labels = {task: self._likeliest(task, row) for task, row in scores.items() if task != "theme"}
        decision = self._theme(scores, read.asked)
        theme: str | None = None
        action: str | None = None
        reasons: tuple[str, ...] = ()
        if decision is not None:
            kind = labels["kind"].id if "kind" in labels else COMPLAINT
            theme, action = decision.id, decision.action
            reasons = self._reasons(decision, read, kind)
            if UNSUPPORTED_LANGUAGE in reasons and action is not None:
                action = LEAST_STRICT
            if theme is not None:
                labels["theme"] = Label(theme, round(decision.probability, DECIMALS))
        likeliest = {task: label.id for task, label in labels.items()}
        facts = Facts(
            themes=taxonomy.lineage(theme),
            product=message.product,
            region=message.region,
            language=read.language.code,
            channel=message.channel,
            kind=likeliest.get("kind"),
            urgency=likeliest.get("urgency"),
        )
        assigned = assign(facts, taxonomy, learned=likeliest.get("owner"))
        return Classification(
            language=read.language,
            labels=labels,
            owner=assigned.owner,
            owner_via=assigned.via,
            respond_by=message.received_at + taxonomy.respond_within(message.channel, theme),
            model_version=self.model.version,
            taxonomy_version=taxonomy.version,
            topic=topic,
            theme_action=action,
            reasons=reasons,
            between=decision.between if decision is not None else (),
            sets=self._sets(scores, read.asked),
        )

    def _theme(self, scores: Mapping[str, Probabilities], asked: Asked) -> ThemeDecision | None:
        """What is decided about the theme; None for a model without a head for it."""
        head = self.model.heads.get("theme")
        if head is None:
            return None
        return decide_theme(
            scores["theme"],
            head.labels,
            taxonomy=self.model.taxonomy,
            calibration=head.calibration,
            asked=asked.thresholds,
        )

    def _reasons(self, decision: ThemeDecision, read: _Read, kind: str) -> tuple[str, ...]:
        """Why there is no theme or why it is not to be trusted; nothing where all is well."""
        reasons = list(decision.reasons)
        if decision.id is None and kind != COMPLAINT:
            reasons.append(NOT_A_COMPLAINT)
        if decision.id is None and _says_little(read.text):
            reasons.append(TOO_SHORT)
        spoken = read.detected
        if spoken.probability >= SURE_LANGUAGE and spoken.code not in self._languages:
            reasons.append(UNSUPPORTED_LANGUAGE)
        return tuple(reasons)

    def _sets(self, scores: Mapping[str, Probabilities], asked: Asked) -> dict[str, tuple[str, ...]]:
        """For every task with calibration rows the labels that hold the truth with the coverage asked for."""
        if asked.coverage is None:
            return {}
        return {
            task: tuple(
                head.labels[place]
                for place in head.calibration.label_set(scores[task], coverage=asked.coverage).tolist()
            )
            for task, head in self.model.heads.items()
            if head.calibration is not None
        }

    def _likeliest(self, task: str, row: Probabilities) -> Label:
        best = int(np.argmax(row))
        return Label(self.model.heads[task].labels[best], round(float(row[best]), DECIMALS))

    def self_test(self) -> list[dict[str, list[str | float]]]:
        """What the model says of the self-test's messages: per message, task to [label, probability]."""
        return [
            {
                task: [label.id, label.probability]
                for task, row in scores.items()
                for label in [self._likeliest(task, row)]
            }
            for scores in self._self_test_scores()
        ]

    def check_self_test(self) -> None:
        """Returns when the model says what it said at the end of training. Raises: ModelDamaged."""
        again = "The model or a library is not what it was trained with: train again."
        try:
            told = self._self_test_told()
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ModelDamaged(f"The manifest's self_test is not one of these heads. {again}") from error
        for index, task, label, before, now in told:
            if not abs(now - before) <= SELF_TEST_TOLERANCE:
                raise ModelDamaged(
                    f"Self-test {index}, {task}: {label!r} has probability {now:.3f}, "
                    f"at training {before:.3f}. {again}"
                )

    def _self_test_told(self) -> list[tuple[int, str, str, float, float]]:
        """Message, task, the label training gave it, its probability then and now."""
        expected = self.model.manifest["self_test"]
        return [
            (index, task, label, float(before), float(scores[task][head.labels.index(label)]))
            for index, (said, scores) in enumerate(zip(expected, self._self_test_scores(), strict=True))
            for task, head in self.model.heads.items()
            for label, before in [said[task]]
        ]

    def _self_test_scores(self) -> list[dict[str, Probabilities]]:
        texts = [normalise(text) for text in SELF_TEST]
        return [
            self._heads.probabilities(text, vector, detect_language(text).code)
            for text, vector in zip(texts, self.model.encoder.encode(texts), strict=True)
        ]


def _says_little(text: str) -> bool:
    """Whether a text has too few letters to say what it is about."""
    counts = script_counts(text)
    dense = sum(counts[script] for script in ("Hani", "Hang", "Kana"))
    return counts.total() - dense + 3 * dense < FEWEST_LETTERS

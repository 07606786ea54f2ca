"""Messages to classifications: normalise, tell the language, encode, run the heads, name owner and clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from service.classify.heads import Probabilities
from service.classify.model import Model
from service.classify.served import ServedHeads
from service.errors import ModelDamaged, TextRejected
from service.text import detect_language, normalise
from service.values import Classification, Label, Language, Message, TopicMatch

SELF_TEST = (
    "I was charged twice for the same order and nobody answers my e-mails.",
    "నా ఖాతా నుండి డబ్బు కట్ అయింది కానీ రీఛార్జ్ కాలేదు.",
    "दुई दिनदेखि इन्टरनेट चलेको छैन, कहिले बन्छ?",
)
"""Messages classified at the end of training; a service that loads the model must say the same of them."""
SELF_TEST_TOLERANCE = 0.05
"""Probabilities may differ so far between processors, whose int8 arithmetic rounds differently."""


DECIMALS = 6
"""Of a probability: far below what it can mean, far above what the rest of a batch can change."""


class Classifier:
    """A loaded model as a function from messages to classifications. Thread-safe."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._heads = ServedHeads(model.heads)

    def classify(
        self, messages: Sequence[Message], *, hints: Sequence[str | None] = ()
    ) -> list[Classification]:
        """One classification a message, in order; what one gets never depends on the others.

        `hints`: the language the sender is known to write, by message, where known; it decides the answer's
        language and nothing else, for in training there were no hints. Raises: TextRejected for a text in
        which nothing is left to read."""
        texts = [normalise(message.text) for message in messages]
        for index, text in enumerate(texts):
            if not text:
                raise TextRejected(
                    f"Message {index} has no text to read. Send at least one visible character."
                )
        detected = [detect_language(message.text) for message in messages]
        languages = [
            detect_language(message.text, hint=hint) if hint else found
            for message, found, hint in zip(messages, detected, hints or [None] * len(messages), strict=True)
        ]
        vectors = self.model.encoder.encode(texts)
        codes = [found.code for found in detected]
        topics: Sequence[TopicMatch | None] = [None] * len(texts)
        if self.model.topics is not None:
            topics = self.model.topics.nearest(vectors, codes)
        return [
            self._decide(message, language, topic, self._heads.probabilities(text, vector, code))
            for message, text, vector, code, language, topic in zip(
                messages, texts, vectors, codes, languages, topics, strict=True
            )
        ]

    def _decide(
        self,
        message: Message,
        language: Language,
        topic: TopicMatch | None,
        scores: Mapping[str, Probabilities],
    ) -> Classification:
        labels = {task: self._likeliest(task, row) for task, row in scores.items()}
        theme = labels["theme"].id if "theme" in labels else None
        taxonomy = self.model.taxonomy
        fitted = labels.get("owner")
        return Classification(
            language=language,
            labels=labels,
            owner=fitted.id if fitted else taxonomy.owner(theme),
            owner_via="history" if fitted else "theme" if theme else "default",
            respond_by=message.received_at + taxonomy.respond_within(message.channel, theme),
            model_version=self.model.version,
            taxonomy_version=taxonomy.version,
            topic=topic,
        )

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

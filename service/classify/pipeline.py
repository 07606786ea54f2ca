"""Messages to classifications: normalise, tell the language, encode, run the heads, name an owner and a clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from service.classify.heads import Probabilities
from service.classify.model import Model
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


class Classifier:
    """A loaded model as a function from messages to classifications. Thread-safe."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def classify(self, messages: Sequence[Message], *, hints: Sequence[str | None] = ()) -> list[Classification]:
        """One classification a message, in order; what one gets never depends on the others.

        `hints`: the language the sender is known to write, by message, where known. Raises: TextRejected for
        a text in which nothing is left to read."""
        texts = [normalise(message.text) for message in messages]
        for index, text in enumerate(texts):
            if not text:
                raise TextRejected(f"Message {index} has no text to read. Send at least one visible character.")
        languages = [
            detect_language(message.text, hint=hint)
            for message, hint in zip(messages, hints or [None] * len(messages), strict=True)
        ]
        vectors = self.model.encoder.encode(texts)
        scores = {task: head.probabilities(texts, vectors) for task, head in self.model.heads.items()}
        topics: Sequence[TopicMatch | None] = [None] * len(texts)
        if self.model.topics is not None:
            topics = self.model.topics.nearest(vectors, [language.code for language in languages])
        return [
            self._decide(message, language, topic, {task: rows[index] for task, rows in scores.items()})
            for index, (message, language, topic) in enumerate(zip(messages, languages, topics, strict=True))
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
        return Label(self.model.heads[task].labels[best], float(row[best]))

    def self_test(self) -> list[dict[str, list[str | float]]]:
        """What the model says of the self-test's messages: per message, task to [label, probability]."""
        texts = [normalise(text) for text in SELF_TEST]
        vectors = self.model.encoder.encode(texts)
        answers: list[dict[str, list[str | float]]] = [{} for _ in texts]
        for task, head in self.model.heads.items():
            for answer, row in zip(answers, head.probabilities(texts, vectors), strict=True):
                label = self._likeliest(task, row)
                answer[task] = [label.id, round(label.probability, 6)]
        return answers

    def check_self_test(self) -> None:
        """Returns when the model says what it said at the end of training. Raises: ModelDamaged."""
        expected = self.model.manifest.get("self_test")
        for index, (before, now) in enumerate(zip(expected or [], self.self_test(), strict=True)):
            for task, (label, probability) in now.items():
                said, at = before.get(task, (None, 0.0))
                drift = abs(float(probability) - float(at))
                if drift > SELF_TEST_TOLERANCE or (said != label and drift > 0):
                    raise ModelDamaged(
                        f"Self-test {index}, {task}: {label!r} at {probability}, at training {said!r} at {at}. "
                        "The model or a library is not what it was trained with: train again."
                    )

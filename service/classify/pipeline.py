"""Messages to classifications: normalise, tell the language, encode, run the heads, name owner and clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from service.classify.decide import (
    COMPLAINT,
    LEAST_STRICT,
    NO_THEME_FITS,
    NOT_A_COMPLAINT,
    TOO_SHORT,
    UNSUPPORTED_LANGUAGE,
    ThemeDecision,
    decide_theme,
)
from service.classify.encoder import Reading, Vectors
from service.classify.evidence import evidence
from service.classify.heads import Probabilities
from service.classify.model import Model
from service.classify.routing import Facts, assign
from service.classify.served import ServedHeads
from service.classify.several import merged, raised_themes
from service.classify.turns import turn
from service.classify.urgency import (
    STATED,
    Sender,
    UrgencyDecision,
    decide_urgency,
    in_context,
    reason_task,
)
from service.errors import ModelDamaged, TextRejected
from service.taxonomy import NO_THEME
from service.text import Aligned, Body, body, detect_language, normalise, passages
from service.text.script import letters
from service.values import (
    Asked,
    Classification,
    Evidence,
    GivenTheme,
    Label,
    Language,
    Message,
    Span,
    TopicMatch,
)

SELF_TEST = (
    "I was charged twice for the same order and nobody answers my e-mails.",
    "నా ఖాతా నుండి డబ్బు కట్ అయింది కానీ రీఛార్జ్ కాలేదు.",
    "दुई दिनदेखि इन्टरनेट चलेको छैन, कहिले बन्छ?",
)
"""Messages classified at the end of training; a service that loads the model must say the same of them."""
SELF_TEST_TOLERANCE = 0.05
"""Probabilities may differ so far between processors, whose int8 arithmetic rounds differently."""


FEWEST_LETTERS = 8
"""Letters below which a text says little."""
SURE_LANGUAGE = 0.9
"""Probability from which on a language nobody trained is taken for what it is."""
NO_WISHES = Asked()
UNKNOWN_SENDER = Sender()
NO_VECTORS = np.zeros((0, 0), dtype=np.float32)
NO_ROWS = np.zeros(0)
NOVEL = 0.02
"""Novelty up to which a message is taken to fit no theme: a message like those of training is wrongly so
taken once in fifty times. Only for heads without messages that no theme fits to learn from."""
DECIMALS = 6
"""Of a probability: far below what it can mean, far above what the rest of a batch can change."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A message as it is read: what the sender wrote this time, normalised, whole and in passages; the
    language detected, the one to answer in, and what was asked.

    `spans` are the passages' places in the body, `passages` their normalised texts; both are empty where the
    text is a single passage."""

    message: Message
    body: Body
    aligned: Aligned
    detected: Language
    language: Language
    asked: Asked
    sender: Sender
    spans: tuple[Span, ...]
    passages: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole, normalised."""
        return self.aligned.text

    def sent_span(self, start: int, end: int) -> Span:
        """Where a range of the normalised text stands in the text as it was sent."""
        return self.body.original_span(*self.aligned.original_span(start, end))


def _read(index: int, message: Message, hint: str | None, asked: Asked, sender: Sender) -> _Read:
    own = body(message.text)
    aligned = Aligned.of(own.text)
    if not aligned.text:
        raise TextRejected(f"Message {index} has no text to read. Send at least one visible character.")
    detected = detect_language(own.text)
    language = detect_language(own.text, hint=hint) if hint else detected
    spans = [
        (span, text)
        for span in passages(own.text, language=detected.code)
        if (text := normalise(own.text[slice(*span)]))
    ]
    if len(spans) < 2:
        spans = []
    return _Read(
        message,
        own,
        aligned,
        detected,
        language,
        asked,
        sender,
        tuple(span for span, _ in spans),
        tuple(text for _, text in spans),
    )


class Classifier:
    """A loaded model as a function from messages to classifications. Thread-safe."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._heads = ServedHeads(model.heads)
        self._reason_heads = ServedHeads({reason_task(name): head for name, head in model.reasons.items()})
        self._least = {
            name: head.calibration.labels.by_label[STATED]["suggest"]
            for name, head in model.reasons.items()
            if head.calibration is not None and STATED in head.calibration.labels.by_label
        }
        """From which probability on a reason counts; one that is never sure enough is absent."""
        self._languages = {code for head in model.heads.values() for code in head.centring.by_language}
        """Languages with training rows enough for a mean of their own."""

    def classify(
        self,
        messages: Sequence[Message],
        *,
        hints: Sequence[str | None] = (),
        asked: Sequence[Asked] = (),
        senders: Sequence[Sender] = (),
    ) -> list[Classification]:
        """One classification a message, in order; what one gets never depends on the others.

        `hints`: the language the sender is known to write, by message, where known; it decides the answer's
        language and the route, never a label, for in training there were no hints. `asked`: what the caller
        wants beyond the usual, by message; `senders`: what is known of who sent it. Raises: TextRejected for
        a text in which nothing is left to read."""
        read = [
            _read(index, *given)
            for index, given in enumerate(
                zip(
                    messages,
                    hints or [None] * len(messages),
                    asked or [NO_WISHES] * len(messages),
                    senders or [UNKNOWN_SENDER] * len(messages),
                    strict=True,
                )
            )
        ]
        readings = self.model.encoder.read([one.text for one in read])
        vectors = np.stack([reading.vector for reading in readings]) if readings else NO_VECTORS
        read = [self._with_turn(one, reading) for one, reading in zip(read, readings, strict=True)]
        of_passages = iter(self.model.encoder.encode([text for one in read for text in one.passages]))
        codes = [one.detected.code for one in read]
        topics: Sequence[TopicMatch | None] = [None] * len(read)
        if self.model.topics is not None:
            topics = self.model.topics.nearest(vectors, codes)
        return [
            self._decide(one, reading, list(islice(of_passages, len(one.passages))), topic)
            for one, reading, topic in zip(read, readings, topics, strict=True)
        ]

    def passage_probabilities(self, messages: Sequence[Message]) -> list[Probabilities]:
        """For each message what the theme head says of each of its passages, shape (passages, labels); no
        passages where the message is a single one. Training learns from it when passages conflict."""
        read = [_read(index, one, None, NO_WISHES, UNKNOWN_SENDER) for index, one in enumerate(messages)]
        readings = self.model.encoder.read([one.text for one in read])
        read = [self._with_turn(one, reading) for one, reading in zip(read, readings, strict=True)]
        vectors = iter(self.model.encoder.encode([text for one in read for text in one.passages]))
        return [self._of_passages(one, list(islice(vectors, len(one.passages)))) for one in read]

    def _with_turn(self, read: _Read, reading: Reading) -> _Read:
        """The message in two passages where it is a single one and its words turn to another matter."""
        head = self.model.heads.get("theme")
        if read.passages or head is None or not len(reading.tokens):
            return read
        place = turn(read.text, reading, self._heads.log_probabilities("theme", read.detected.code))
        if place is None:
            return read
        cuts = ((0, place), (place, len(read.text)))
        spans = tuple(read.aligned.original_span(*cut) for cut in cuts)
        return replace(read, spans=spans, passages=tuple(read.text[slice(*cut)].strip() for cut in cuts))

    def _of_passages(self, read: _Read, vectors: Sequence[Vectors]) -> Probabilities:
        rows = [
            self._heads.probabilities(text, vector, read.detected.code, tasks=("theme",))["theme"]
            for text, vector in zip(read.passages, vectors, strict=True)
        ]
        return np.asarray(rows).reshape(len(rows), len(self.model.heads["theme"].labels))

    def _decide(
        self, read: _Read, reading: Reading, of_passages: Sequence[Vectors], topic: TopicMatch | None
    ) -> Classification:
        message = read.message
        taxonomy = self.model.taxonomy
        scores = self._heads.probabilities(read.text, reading.vector, read.detected.code)
        labels = {task: self._likeliest(task, row) for task, row in scores.items() if task != "theme"}
        urgency = self._urgency(read, reading, scores)
        if urgency is not None:
            labels["urgency"] = Label(urgency.level, round(urgency.probability, DECIMALS))
        known = self.model.neighbours
        similarities = known.similarities(reading.vector, read.detected.code) if known else NO_ROWS
        novelty = known.novelty(similarities) if known else None
        decision = self._theme(scores, read.asked)
        themes: tuple[GivenTheme, ...] = ()
        reasons: tuple[str, ...] = ()
        if decision is not None:
            if novelty is not None and novelty <= NOVEL and self._must_tell_novelty():
                decision = ThemeDecision(None, decision.probability, None, (NO_THEME_FITS,))
            kind = labels["kind"].id if "kind" in labels else COMPLAINT
            reasons = self._reasons(decision, read, kind)
            themes = self._themes(read, decision, scores["theme"], of_passages)
            if UNSUPPORTED_LANGUAGE in reasons:
                themes = tuple(replace(one, action=one.action and LEAST_STRICT) for one in themes)
            if themes:
                labels["theme"] = Label(themes[0].id, themes[0].probability)
                reasons = tuple(reason for reason in reasons if reason == UNSUPPORTED_LANGUAGE)
        theme, action = (themes[0].id, themes[0].action) if themes else (None, None)
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
            between=decision.between if decision is not None and not themes else (),
            sets=self._sets(scores, read.asked),
            themes=themes,
            novelty=novelty,
            urgency_reasons=urgency.reasons if urgency is not None else (),
            evidence=self._evidence(read, reading, theme),
            neighbours=known.nearest(similarities, read.asked.neighbours) if known else (),
        )

    def _urgency(
        self, read: _Read, reading: Reading, scores: Mapping[str, Probabilities]
    ) -> UrgencyDecision | None:
        """What the text, the policy and the sender make of the urgency; None without a head for it."""
        head = self.model.heads.get("urgency")
        if head is None:
            return None
        order = list(self.model.taxonomy.urgencies)
        stated = self._reason_heads.probabilities(read.text, reading.vector, read.detected.code)
        decision = decide_urgency(
            scores["urgency"],
            head.labels,
            {name: float(stated[reason_task(name)][1]) for name in self.model.reasons},
            least=self._least,
            policy=self.model.policy,
            order=order,
        )
        return in_context(
            decision,
            read.sender,
            received_at=read.message.received_at,
            policy=self.model.policy,
            order=order,
        )

    def _themes(
        self, read: _Read, decision: ThemeDecision, whole: Probabilities, of_passages: Sequence[Vectors]
    ) -> tuple[GivenTheme, ...]:
        """The themes the message raises, the main one first, each with its passages' places."""
        head = self.model.heads["theme"]
        raised = raised_themes(
            decision,
            whole,
            self._of_passages(read, of_passages),
            head.labels,
            calibration=head.calibration,
            asked=read.asked.thresholds,
        )
        return tuple(
            GivenTheme(
                str(one.decision.id),
                round(one.decision.probability, DECIMALS),
                one.decision.action,
                tuple(read.body.original_span(*span) for span in merged(read.spans, one.passages))
                or (read.sent_span(0, len(read.text)),),
            )
            for one in raised
        )

    def _evidence(self, read: _Read, reading: Reading, theme: str | None) -> tuple[Evidence, ...]:
        """What in the text carried the main theme."""
        if theme is None:
            return ()
        lineage = {theme, *(child.id for child in self.model.taxonomy.by_id[theme].themes)}
        columns = [
            column for column, label in enumerate(self.model.heads["theme"].labels) if label in lineage
        ]
        log_odds = self._heads.log_odds("theme", columns, read.text, read.detected.code)
        return tuple(
            Evidence(read.sent_span(part.start, part.end), part.weight)
            for part in evidence(read.text, reading, log_odds)
        )

    def _must_tell_novelty(self) -> bool:
        """Whether the theme head has never seen a message that no theme fits, and so cannot tell one."""
        return NO_THEME not in self.model.heads["theme"].labels

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
    return letters(text) < FEWEST_LETTERS

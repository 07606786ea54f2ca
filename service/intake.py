"""Taking complaints in: classify, redact, store. The one way a complaint enters, live or from a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from service.classify.decide import COMPLAINT
from service.classify.pipeline import NO_WISHES, Classifier
from service.classify.urgency import Sender
from service.store import ComplaintStore, Earlier, Kept, NewComplaint
from service.text import redact
from service.values import EARLIEST, Asked, Classification, Message

NOTHING: frozenset[str] = frozenset()
NUL = "\x00"
"""The one character that PostgreSQL cannot keep."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message to take in; `language_hint` is what the sender is known to write, where known.

    `assumed` names those of the message's `received_at`, `channel` and `external_id` that the sender did not
    give: a complaint that is known already keeps its own instead of the first two."""

    message: Message
    language_hint: str | None = None
    asked: Asked = NO_WISHES
    assumed: Collection[str] = NOTHING


@dataclass(frozen=True, slots=True)
class Taken:
    """A complaint that has been classified and stored."""

    complaint_id: str
    classification: Classification


class Intake:
    """Classifies messages and keeps them. Thread-safe."""

    def __init__(self, classifier: Classifier, store: ComplaintStore) -> None:
        self.classifier = classifier
        self.store = store

    def take(self, incoming: Sequence[Incoming]) -> list[Taken]:
        """One stored complaint a message, in order; all are stored, or none.

        Raises: TextRejected for a message without text, StoreUnavailable."""
        kept = self.store.known([name for one in incoming if (name := given_id(one)) is not None])
        whole = completed(incoming, kept=kept)
        classifications = self._classified(whole)
        entries = [
            redacted_entry(one, classification)
            for one, classification in zip(whole, classifications, strict=True)
        ]
        ids = self.store.add(entries)
        return [Taken(*pair) for pair in zip(ids, classifications, strict=True)]

    def _classified(self, incoming: Sequence[Incoming]) -> list[Classification]:
        """The classifications, in order. A customer's later message knows of the earlier ones, so no two of
        one customer are classified at once."""
        history = self._earlier(incoming)
        found: dict[int, Classification] = {}
        for places in rounds([one.message.customer_id for one in incoming]):
            part = [incoming[place] for place in places]
            said = self.classifier.classify(
                [one.message for one in part],
                hints=[one.language_hint for one in part],
                asked=[one.asked for one in part],
                senders=[sender_of(one, history) for one in part],
            )
            for place, one, classification in zip(places, part, said, strict=True):
                found[place] = classification
                remember(one.message, classification, history)
        return [found[place] for place in range(len(incoming))]

    def _earlier(self, incoming: Sequence[Incoming]) -> dict[str, list[Earlier]]:
        """What the senders complained of before, as far back as the urgency policy looks."""
        back = self.classifier.model.policy.longest
        messages = [one.message for one in incoming if one.message.customer_id is not None]
        if not back or not messages:
            return {}
        since = min(message.received_at for message in messages)
        since = max(since, EARLIEST + back) - back
        ids = {str(message.customer_id) for message in messages}
        return {name: list(moments) for name, moments in self.store.earlier(ids, since).items()}


def remember(message: Message, said: Classification, history: dict[str, list[Earlier]]) -> None:
    """Puts the message among its sender's complaints, in place of what stood under the same external_id."""
    if message.customer_id is None:
        return
    kept = [
        one
        for one in history.get(message.customer_id, ())
        if message.external_id is None or one.external_id != message.external_id
    ]
    kind = said.labels.get("kind")
    if kind is None or kind.id == COMPLAINT:
        kept.append(Earlier(message.received_at, message.external_id))
    history[message.customer_id] = kept


def sender_of(incoming: Incoming, history: Mapping[str, Sequence[Earlier]]) -> Sender:
    """What is known of the message's sender; the same message sent before is no earlier one."""
    message = incoming.message
    own = message.external_id
    earlier = history.get(message.customer_id, ()) if message.customer_id is not None else ()
    moments = tuple(one.received_at for one in earlier if own is None or one.external_id != own)
    return Sender(moments, message.customer_value)


def rounds(customers: Sequence[str | None]) -> list[list[int]]:
    """The places of messages, in as few rounds as keep a customer's messages apart and in order."""
    made: list[list[int]] = []
    turn: Counter[str] = Counter()
    for place, customer in enumerate(customers):
        number = turn[customer] if customer is not None else 0
        if customer is not None:
            turn[customer] += 1
        while len(made) <= number:
            made.append([])
        made[number].append(place)
    return made


def given_id(incoming: Incoming) -> str | None:
    """The sender's own id for the message."""
    return None if "external_id" in incoming.assumed else incoming.message.external_id


def completed(incoming: Sequence[Incoming], *, kept: Mapping[str, Kept]) -> list[Incoming]:
    """The messages with what each leaves out as it was kept, or as an earlier one of them says.

    Before they are classified, because the clock starts at `received_at` and runs by the channel."""
    so_far = dict(kept)
    whole = []
    for one in incoming:
        external_id = given_id(one)
        if external_id is not None:
            if external_id in so_far:
                one = replace(one, message=_as_kept(one, so_far[external_id]))
            message = one.message
            so_far[external_id] = Kept(message.received_at, message.channel, message.customer_id)
        whole.append(one)
    return whole


def _as_kept(incoming: Incoming, kept: Kept) -> Message:
    message, assumed = incoming.message, incoming.assumed
    return replace(
        message,
        received_at=kept.received_at if "received_at" in assumed else message.received_at,
        channel=kept.channel if "channel" in assumed else message.channel,
        customer_id=message.customer_id or kept.customer_id,
    )


def redacted_entry(incoming: Incoming, classification: Classification) -> NewComplaint:
    """What the store may keep of a message: its text redacted of personal data, all else as it is.

    The sender's ids for the message and the customer are taken out of the text as well."""
    message = incoming.message
    known = [name for name in (given_id(incoming), message.customer_id) if name is not None]
    text = message.text.replace(NUL, "")
    redacted = redact(text, language=classification.language.code, known=known)
    return NewComplaint(
        received_at=message.received_at,
        text=redacted.text,
        classification=classification,
        channel=message.channel,
        external_id=message.external_id,
        customer_id=message.customer_id,
        product=message.product,
        region=message.region,
        redactions=redacted.counts,
    )

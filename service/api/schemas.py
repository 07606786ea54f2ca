"""What goes over the wire: the shapes of requests and answers, with examples that are true to them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from service.api.errors import Problem
from service.classify.model import TASKS
from service.intake import Incoming
from service.taxonomy import ACTIONS, DEFAULT_CHANNEL, Taxonomy, Theme
from service.text import normalise
from service.values import EARLIEST, LATEST, Asked, Classification, Message, StoredComplaint

NUL = "\x00"
"""The one character of JSON that PostgreSQL cannot keep."""


def _readable(text: str) -> str:
    if not normalise(text):
        raise ValueError("There is nothing to read in it; send at least one visible character")
    return text


def _storable(value: str) -> str:
    if NUL in value:
        raise ValueError("A zero character cannot be stored; leave it out")
    return value


def _moment(written: object) -> datetime:
    # pydantic alone would take a number, and would read "2026" as seconds after 1970.
    try:
        moment = datetime.fromisoformat(written.strip().upper() if isinstance(written, str) else "")
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("It is no date: write ISO 8601 such as 2026-11-21T09:30:00+05:30") from error
    if not EARLIEST <= moment < LATEST:
        raise ValueError(f"It is not between {EARLIEST.year} and {LATEST.year}: check the year")
    return moment


Short = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_storable),
]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Chance = Annotated[float, Field(ge=0, le=1)]


class ThresholdsIn(BaseModel):
    """Least probabilities for what may be done with a theme; a stricter action's may not be the lower."""

    model_config = ConfigDict(extra="forbid")

    suggest: Chance | None = None
    preselect: Chance | None = None
    auto: Chance | None = None

    @model_validator(mode="after")
    def _rising(self) -> Self:
        given = list(self.given().items())
        for (action, least), (stricter, lower) in pairwise(given):
            if lower < least:
                raise ValueError(
                    f"{stricter} ({lower}) is stricter than {action} ({least}); give it no lower value"
                )
        return self

    def given(self) -> dict[str, float]:
        """Those that were given, least strict action first."""
        return {action: value for action in ACTIONS if (value := getattr(self, action)) is not None}


class ComplaintIn(BaseModel):
    """One message to classify."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "text": "నా కార్డు నుండి ఒకే ఆర్డర్‌కి రెండుసార్లు డబ్బు కట్ అయింది",
                    "external_id": "ZD-123",
                    "channel": "email",
                    "received_at": "2026-11-21T09:00:00Z",
                }
            ]
        },
    )

    text: Annotated[str, StringConstraints(min_length=1), AfterValidator(_readable)] = Field(
        description="The message as the customer wrote it, in any language."
    )
    external_id: Short | None = Field(
        None,
        description="Your id for the message. The same id again is the same complaint, classified anew; "
        "what is left out stays as it was.",
    )
    received_at: Moment | None = Field(
        None, description="When it arrived (ISO 8601; UTC without a zone). Left out: now."
    )
    channel: Short = Field(DEFAULT_CHANNEL, description="How it arrived; the channels are in the taxonomy.")
    language: Short | None = Field(
        None, description="The language it is known to be in, such as te or te-IN."
    )
    customer_id: Short | None = Field(None, description="Your id for the customer.")
    customer_value: Short | None = Field(
        None,
        description="The customer's value: a name in the policy's `customer_values`.",
    )
    product: Short | None = None
    region: Short | None = None
    thresholds: ThresholdsIn | None = Field(
        None, description="Least probabilities for the theme's actions, in place of the learned ones."
    )
    coverage: Annotated[float, Field(ge=0.5, le=0.99)] | None = Field(
        None, description="Also answer, by task, the labels that hold the truth this often (`label_sets`)."
    )
    neighbours: Annotated[int, Field(ge=0, le=10)] = Field(
        0, description="Also answer so many of the nearest labelled messages, redacted."
    )

    def incoming(self, now: datetime) -> Incoming:
        """The message these fields describe; `now` is when it arrived where they do not say."""
        assumed = {
            name
            for name, given in (
                ("received_at", self.received_at is not None),
                ("channel", "channel" in self.model_fields_set),
            )
            if not given
        }
        message = Message(
            text=self.text,
            received_at=self.received_at or now,
            channel=self.channel,
            external_id=self.external_id,
            customer_id=self.customer_id,
            product=self.product,
            region=self.region,
            customer_value=self.customer_value,
        )
        wishes = Asked(
            self.thresholds.given() if self.thresholds else {}, self.coverage, neighbours=self.neighbours
        )
        return Incoming(message, self.language, wishes, assumed)


class LanguageOut(BaseModel):
    """The language found: ISO 639-1, `und` where there is none to tell."""

    code: str
    probability: Chance


class LabelOut(BaseModel):
    """A label and the calibrated probability that it is right."""

    id: str
    probability: Chance


Characters = Annotated[
    tuple[int, int],
    Field(description="From the first character to one past the last, counted in the text as it was sent."),
]


class ThemeOut(LabelOut):
    """A theme; level 2 is a sub-theme, level 1 the theme above it, given where no sub-theme is sure enough.

    `action`: what the probability is enough for, by the precision the taxonomy states: `suggest` it to a
    person, `preselect` it, or act on it unattended (`auto`). `spans`: the passages that raise it; a stored
    complaint's text is redacted, so it has none."""

    name: str
    level: int
    action: str | None
    spans: list[Characters] | None = None


class EvidenceOut(BaseModel):
    """A part of the text, and its share of all that spoke for the first theme."""

    span: Characters
    weight: Chance


class NeighbourOut(BaseModel):
    """A labelled message of the training data. `text` is redacted of personal data."""

    text: str
    theme: str
    language: str
    similarity: float


class UrgencyOut(BaseModel):
    """How urgent, and when the first answer is due. Without a head for urgency only the latter is there."""

    id: str | None = None
    probability: Chance | None = None
    reasons: list[str] = Field(
        description="What makes it urgent, by the ids of the urgency policy: what the text says (such as "
        "`danger_now` or `deadline`) and what is known of the sender (such as `contacts_in_30_days`)."
    )
    respond_by: datetime


class OwnerOut(BaseModel):
    """The team that must act, always one on the taxonomy's roster, and what named it."""

    id: str
    name: str
    via: str = Field(
        description="`route:<id>`: a route of the taxonomy, which goes before everything else; `history`: "
        "learned from past messages; `theme`: the theme's own owner; `default`: nothing else fitted."
    )


class TopicOut(BaseModel):
    """The standing topic the message lies in, and its cosine similarity to the topic's centre."""

    id: str
    similarity: float


EXAMPLE: dict[str, Any] = {
    "request_id": "5f1c0e6a9b7d4c2f8e3a1b0c9d8e7f6a",
    "external_id": "ZD-123",
    "complaint_id": "019aa5d2-7c1e-7b3a-9d55-0c1f2e3d4a5b",
    "model_version": "2026.47-ab12cd34",
    "taxonomy_version": 1,
    "language": {"code": "te", "probability": 0.99},
    "kind": {"id": "complaint", "probability": 0.97},
    "themes": [
        {
            "id": "billing.double_charge",
            "probability": 0.91,
            "name": "Charged twice",
            "level": 2,
            "action": "auto",
            "spans": [[0, 55]],
        }
    ],
    "novelty": 0.62,
    "sentiment": {"id": "negative", "probability": 0.88},
    "urgency": {
        "id": "high",
        "probability": 0.57,
        "reasons": ["contacts_in_30_days"],
        "respond_by": "2026-11-22T09:00:00Z",
    },
    "owner": {"id": "billing", "name": "Billing", "via": "theme"},
    "tags": [
        "theme__billing.double_charge",
        "kind__complaint",
        "sentiment__negative",
        "urgency__high",
        "owner__billing",
        "language__te",
    ],
    "needs_review": False,
    "abstained": False,
    "reasons": [],
    "evidence": [{"span": [27, 50], "weight": 0.71}],
}


class ClassificationFields(BaseModel):
    """What a model said of a message. A task the model has no head for is left out."""

    model_version: str
    taxonomy_version: int
    language: LanguageOut
    kind: LabelOut | None = None
    themes: list[ThemeOut] = Field(description="The main theme first; several where passages raise several.")
    novelty: Chance | None = Field(
        None,
        description="The share of messages like those of training that are as unlike the rest as this one: "
        "small for what is new.",
    )
    topic: TopicOut | None = None
    sentiment: LabelOut | None = None
    urgency: UrgencyOut
    owner: OwnerOut
    outcome: LabelOut | None = Field(
        None,
        description="What became of messages like this one, in the words of the training file; left out "
        "where the model has learned none.",
    )
    tags: list[str] = Field(description="Every label once more as a flat tag, for triggers and views.")
    needs_review: bool = Field(description="Whether a person should look before anybody acts on the theme.")
    abstained: bool = Field(description="Whether the model was asked for a theme and gave none.")
    reasons: list[str] = Field(
        description="Why there is no theme (`no_theme_fits`, `ambiguous`, `not_a_complaint`, `too_short`) "
        "or why it is at most a suggestion (`unsupported_language`)."
    )


class AnswerIds(BaseModel):
    """Which request and which complaint an answer belongs to."""

    request_id: str
    external_id: str | None = None
    complaint_id: str


class ClassificationOut(ClassificationFields, AnswerIds):
    """The answer to one message."""

    between: list[str] | None = Field(None, description="The two likeliest themes of an ambiguous message.")
    label_sets: dict[str, list[str]] | None = Field(
        None, description="By task, the labels that hold the truth as often as `coverage` asked."
    )
    evidence: list[EvidenceOut] = Field(
        description="The words that carried the first theme, weightiest first; none without a theme."
    )
    neighbours: list[NeighbourOut] | None = Field(
        None, description="The nearest labelled messages, as many as asked for."
    )

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})


class BatchResult(BaseModel):
    """One message's answer, or what was wrong with it; `index` is its place in the request."""

    index: int
    status: int
    classification: ClassificationOut | None = None
    error: Problem | None = None


class BatchOut(BaseModel):
    """The answers to a batch, in the order sent."""

    request_id: str
    results: list[BatchResult]


class ComplaintOut(BaseModel):
    """A stored complaint with its latest classification. `text` is redacted of personal data."""

    request_id: str
    complaint_id: str
    external_id: str | None = None
    received_at: datetime
    stored_at: datetime
    channel: str
    customer_id: str | None = None
    product: str | None = None
    region: str | None = None
    text: str
    redactions: dict[str, int]
    classification: ClassificationFields | None = None


class ThemeEntry(BaseModel):
    """A theme of the active taxonomy with its sub-themes."""

    id: str
    name: str
    definition: str
    owner: OwnerRef
    respond_within_hours: float | None = None
    themes: list[ThemeEntry] = []


class OwnerRef(BaseModel):
    """A team on the roster."""

    id: str
    name: str


class ThemesOut(BaseModel):
    """The active taxonomy's themes, in its order."""

    request_id: str
    taxonomy_version: int
    model_version: str
    themes: list[ThemeEntry]


class Status(BaseModel):
    """Whether the process lives, or is ready."""

    status: str
    model_version: str | None = None
    taxonomy_version: int | None = None


def classification_fields(classification: Classification, taxonomy: Taxonomy) -> dict[str, Any]:
    """The fields of `ClassificationFields` for a classification; probabilities rounded to four places."""
    labels = {
        task: LabelOut(id=label.id, probability=round(label.probability, 4))
        for task, label in classification.labels.items()
    }
    urgency, topic = labels.get("urgency"), classification.topic
    return {
        "model_version": classification.model_version,
        "taxonomy_version": classification.taxonomy_version,
        "language": LanguageOut(
            code=classification.language.code, probability=round(classification.language.probability, 4)
        ),
        "kind": labels.get("kind"),
        "themes": [
            ThemeOut(
                id=theme.id,
                probability=round(theme.probability, 4),
                name=taxonomy.name(theme.id),
                level=taxonomy.level(theme.id),
                action=theme.action,
                spans=list(theme.spans) or None,
            )
            for theme in classification.themes
        ],
        "novelty": classification.novelty,
        "topic": TopicOut(id=topic.id, similarity=round(topic.similarity, 4)) if topic else None,
        "sentiment": labels.get("sentiment"),
        "urgency": UrgencyOut(
            **(urgency.model_dump() if urgency else {}),
            reasons=list(classification.urgency_reasons),
            respond_by=classification.respond_by,
        ),
        "owner": OwnerOut(
            id=classification.owner,
            name=taxonomy.owner_name(classification.owner),
            via=classification.owner_via,
        ),
        "outcome": labels.get("outcome"),
        "tags": tags(classification),
        "needs_review": classification.needs_review,
        "abstained": classification.abstained,
        "reasons": list(classification.reasons),
    }


FLAT_TASKS = [task for task in TASKS if task not in ("theme", "owner")]


def tags(classification: Classification) -> list[str]:
    """Every label as `task__label`, the form help desks turn into triggers and views."""
    labels = classification.labels
    themes = [f"theme__{theme.id}" for theme in classification.themes]
    others = [f"{task}__{labels[task].id}" for task in FLAT_TASKS if task in labels]
    return [*themes, *others, f"owner__{classification.owner}", f"language__{classification.language.code}"]


def complaint_out(complaint: StoredComplaint, taxonomy: Taxonomy, request_id: str) -> ComplaintOut:
    """A stored complaint as it is answered."""
    classification = complaint.classification
    return ComplaintOut(
        request_id=request_id,
        complaint_id=complaint.complaint_id,
        external_id=complaint.external_id,
        received_at=complaint.received_at,
        stored_at=complaint.stored_at,
        channel=complaint.channel,
        customer_id=complaint.customer_id,
        product=complaint.product,
        region=complaint.region,
        text=complaint.text,
        redactions=dict(complaint.redactions),
        classification=ClassificationFields(**classification_fields(classification, taxonomy))
        if classification
        else None,
    )


def theme_entry(theme: Theme, taxonomy: Taxonomy, language: str) -> ThemeEntry:
    """A theme as it is listed, named in the language where the taxonomy has that name."""
    owner = taxonomy.owner(theme.id)
    return ThemeEntry(
        id=theme.id,
        name=taxonomy.name(theme.id, language),
        definition=theme.definition,
        owner=OwnerRef(id=owner, name=taxonomy.owner_name(owner)),
        respond_within_hours=theme.respond_within_hours,
        themes=[theme_entry(child, taxonomy, language) for child in theme.themes],
    )

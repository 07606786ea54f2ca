"""The value types every part shares: frozen, without behaviour beyond their own arithmetic."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from service.errors import WeekRejected

WEEK_PATTERN = re.compile(r"(\d{4})-W(\d{2})")
AUTO = "auto"
"""The action of a label that is sure enough to be acted on unattended."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
"""Messages arrive from the first on and before the second: beyond, clocks and weeks leave the calendar."""


@dataclass(frozen=True, slots=True)
class Message:
    """One incoming complaint before it is classified. `text` is as sent; times carry a zone."""

    text: str
    received_at: datetime
    channel: str = "default"
    external_id: str | None = None
    customer_id: str | None = None
    product: str | None = None
    region: str | None = None
    customer_value: str | None = None


@dataclass(frozen=True, slots=True)
class Language:
    """The language of a text: ISO 639-1 code ("und" when there is none to tell), probability in [0, 1]."""

    code: str
    probability: float


@dataclass(frozen=True, slots=True)
class Label:
    """One value of a task (kind, theme, sentiment, ...) with its calibrated probability in [0, 1]."""

    id: str
    probability: float


Span = tuple[int, int]
"""A range of characters of a text, from the first to one past the last."""


@dataclass(frozen=True, slots=True)
class GivenTheme:
    """A theme a message is given: its probability, what may be done with it, and which passages raise it.

    `spans` are places in the text as it was sent."""

    id: str
    probability: float
    action: str | None
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A part of the text as it was sent, and its share, in (0, 1], of all that spoke for the main theme."""

    span: Span
    weight: float


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A labelled training message near to the one asked about. `text` is redacted; `similarity` a cosine."""

    text: str
    theme: str
    language: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller wants of the answer beyond the usual.

    `thresholds`: the least probability for an action, by action, in place of the learned ones. `coverage`:
    how often the label sets shall hold the truth, in (0, 1); None: no sets. `neighbours`: how many of the
    nearest labelled messages to show."""

    thresholds: Mapping[str, float] = field(default_factory=dict)
    coverage: float | None = None
    neighbours: int = 0


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """The nearest standing topic and the cosine similarity to its centroid, in [-1, 1]."""

    id: str
    similarity: float


@dataclass(frozen=True, slots=True)
class Classification:
    """What a model says of one message.

    `labels` maps a task ("theme", "sentiment", "urgency", "kind", "owner", "outcome") to its label; a task no
    head was fitted for is absent, and so is the theme where the model gives none: `reasons` then says why.
    `theme_action` is what may be done with the theme. `respond_by` carries a zone. `between` (the two
    likeliest themes of an ambiguous message), `sets` (label ids by task, likeliest first), `evidence` and
    `neighbours` are not stored."""

    language: Language
    labels: Mapping[str, Label]
    owner: str
    owner_via: str
    respond_by: datetime
    model_version: str
    taxonomy_version: int
    topic: TopicMatch | None = None
    theme_action: str | None = None
    reasons: tuple[str, ...] = ()
    """Why there is no theme, or why it is not to be trusted, by words a program can read."""
    between: tuple[str, ...] = ()
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    themes: tuple[GivenTheme, ...] = ()
    """Every theme the message raises, the main one (the one in `labels`) first; empty without a theme."""
    novelty: float | None = None
    """Share of training messages at least as unlike the rest as this one; small for what is new."""
    urgency_reasons: tuple[str, ...] = ()
    """What makes it urgent, by words a program can read."""
    evidence: tuple[Evidence, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()

    @property
    def abstained(self) -> bool:
        """Whether the model was asked for a theme and gave none."""
        return "theme" not in self.labels and bool(self.reasons)

    @property
    def needs_review(self) -> bool:
        """Whether a person should look before anybody acts on the theme."""
        return self.theme_action != AUTO


@dataclass(frozen=True, slots=True)
class StoredComplaint:
    """A complaint as the store holds it: the text is redacted, the classification is the latest one."""

    complaint_id: str
    external_id: str | None
    received_at: datetime
    stored_at: datetime
    channel: str
    customer_id: str | None
    product: str | None
    region: str | None
    text: str
    redactions: Mapping[str, int] = field(default_factory=dict)
    classification: Classification | None = None


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO week, Monday first, in UTC."""

    year: int
    number: int

    @classmethod
    def parse(cls, written: str) -> Week:
        """The week written as 2026-W46. Raises: WeekRejected."""
        match = WEEK_PATTERN.fullmatch(written.strip())
        week = cls(int(match[1]), int(match[2])) if match else cls(0, 0)
        try:
            date.fromisocalendar(week.year, week.number, 1)
        except ValueError as error:
            raise WeekRejected(
                f"{written!r} is not an ISO week. Write it as year, W and two digits, for example 2026-W46."
            ) from error
        if not EARLIEST.year <= week.year < LATEST.year:
            raise WeekRejected(
                f"{written!r} is not between {EARLIEST.year} and {LATEST.year}. Check the year."
            )
        return week

    @classmethod
    def of(cls, moment: date | datetime) -> Week:
        """The week a day or an instant falls in; an instant is taken in UTC."""
        if isinstance(moment, datetime):
            moment = moment.astimezone(UTC).date()
        year, number, _ = moment.isocalendar()
        return cls(year, number)

    @property
    def monday(self) -> date:
        """The week's first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def start(self) -> datetime:
        """The week's first instant, UTC."""
        return datetime.combine(self.monday, datetime.min.time(), tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first instant after the week, UTC."""
        return self.start + timedelta(days=7)

    def plus(self, weeks: int) -> Week:
        """The week so many weeks later (earlier where negative)."""
        return Week.of(self.monday + timedelta(weeks=weeks))

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"

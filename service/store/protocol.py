"""What a store of complaints can do, and the values that go in and come out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from service.values import Classification, StoredComplaint, Week

WeeklyCounts = Mapping[Week, Mapping[str | None, int]]
"""For each week, complaints by theme id; None where no theme was given."""

Dimension = Literal["language", "channel", "product", "region"]
"""What the complaints of a theme can be told apart by: the name of the column that holds it."""

SegmentCounts = Mapping[Week, Mapping[str | None, int]]
"""For each week, complaints by a segment's id; None where the message did not say."""


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """A classified message to keep. `text` is already redacted by the caller: the store never redacts.

    `redactions` counts what was taken out, by kind; `received_at` carries a zone. Messages with the same
    `external_id` are one complaint."""

    received_at: datetime
    text: str
    classification: Classification
    channel: str = "default"
    external_id: str | None = None
    customer_id: str | None = None
    product: str | None = None
    region: str | None = None
    redactions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store has of a complaint that a message sent again may leave out."""

    received_at: datetime
    channel: str
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """When a customer complained before, and the sender's id of that message, where it had one."""

    received_at: datetime
    external_id: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """How many complaints of one week share all these latest labels and segments."""

    theme: str | None
    urgency: str | None
    owner: str
    language: str
    channel: str
    count: int


@dataclass(frozen=True, slots=True)
class Example:
    """A complaint that may be quoted for its theme; `text` is redacted, `probability` is the theme's."""

    complaint_id: str
    theme: str | None
    probability: float | None
    text: str
    language: str
    channel: str
    received_at: datetime
    urgency: str | None
    owner: str


@dataclass(frozen=True, slots=True)
class LabelVersion:
    """A model and taxonomy whose labels are in use, with how many complaints and in which weeks."""

    model_version: str
    taxonomy_version: int
    first: Week
    last: Week
    count: int


class ComplaintStore(Protocol):
    """A place complaints are kept. Every method may be called from any thread, and raises StoreUnavailable
    where the database cannot be reached or written.

    The text it is given is already redacted by the caller. A complaint's latest classification is the one
    added last; weeks go by `received_at`, in UTC. What is counted by week, and the examples, leave out
    messages whose kind is praise; one without a kind is a complaint."""

    def add(self, entries: Sequence[NewComplaint]) -> list[str]:
        """The complaint ids, in the order of `entries`; all are kept, or none.

        An entry whose `external_id` is known, from an earlier call or this one, is the same complaint: its
        fields are replaced, its id and `stored_at` stay, and a classification is appended. A `customer_id`,
        `product` or `region` of None replaces nothing."""
        ...

    def known(self, external_ids: Collection[str]) -> Mapping[str, Kept]:
        """What is kept of the complaints with these external ids; those not known are left out."""
        ...

    def earlier(self, customer_ids: Collection[str], since: datetime) -> Mapping[str, list[Earlier]]:
        """What these customers complained of from then on, oldest first; a customer who did not is left out.

        Messages whose kind is not complaint do not count; one without a kind does."""
        ...

    def get(self, complaint_id: str) -> StoredComplaint:
        """The complaint with its latest classification. Raises: ComplaintNotFound."""
        ...

    def count(self) -> int:
        """How many complaints are kept."""
        ...

    def first_week(self) -> Week | None:
        """The week of the oldest complaint, None in an empty store."""
        ...

    def weekly_counts(self, first: Week, last: Week) -> WeeklyCounts:
        """Complaints by theme for every week from `first` to `last`, both included; an empty week is {}."""
        ...

    def segment_counts(
        self,
        dimension: Dimension,
        first: Week,
        last: Week,
        *,
        themes: Collection[str | None] | None = None,
    ) -> SegmentCounts:
        """Complaints by language, channel, product or region for every week from `first` to `last`, both
        included; an empty week is {}.

        themes: counts only complaints of exactly these, those without a theme if None is among them; left
        out: all complaints."""
        ...

    def praise(self, week: Week) -> int:
        """How many messages of the week are praise, which the other counts leave out."""
        ...

    def breakdown(self, week: Week) -> list[Cell]:
        """The week's complaints counted by theme, urgency, owner, language and channel at once."""
        ...

    def label_versions(self, first: Week, last: Week) -> list[LabelVersion]:
        """The models and taxonomies behind the latest labels of these weeks, newest week first."""
        ...

    def examples(self, week: Week, theme: str | None, *, limit: int) -> list[Example]:
        """The week's complaints of exactly this theme, likeliest first; None: those without a theme."""
        ...

    def check(self) -> None:
        """Returns when complaints can be read, at little cost. Raises: StoreUnavailable."""
        ...

    def close(self) -> None:
        """Give back every connection; the store is not used afterwards."""
        ...

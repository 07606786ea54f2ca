"""Complaints and classifications as table rows, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from service.store.protocol import NewComplaint
from service.values import Classification, GivenTheme, Label, Language, StoredComplaint, TopicMatch, Week

LABEL_COLUMNS = {
    "theme": "theme",
    "sentiment": "sentiment",
    "urgency": "urgency",
    "kind": "kind",
    "owner": "owner_head",
    "outcome": "outcome",
}
"""Each task and the columns <name>_id and <name>_probability of its label."""


def complaint_row(entry: NewComplaint, *, complaint_id: str, now: datetime) -> dict[str, Any]:
    """The row of `complaints`, with the id it gets if the complaint is new."""
    return {
        "id": complaint_id,
        "external_id": entry.external_id,
        "received_at": entry.received_at,
        "week_start": Week.of(entry.received_at).monday,
        "stored_at": now,
        "channel": entry.channel,
        "customer_id": entry.customer_id,
        "product": entry.product,
        "region": entry.region,
        "language": entry.classification.language.code,
        "text": entry.text,
        "redactions": dict(entry.redactions),
    }


def classification_row(entry: NewComplaint, *, complaint_id: str, now: datetime) -> dict[str, Any]:
    """The row of `classifications`, the latest one of its complaint."""
    said = entry.classification
    return {
        "complaint_id": complaint_id,
        "is_latest": True,
        "model_version": said.model_version,
        "taxonomy_version": said.taxonomy_version,
        "classified_at": now,
        "language_probability": said.language.probability,
        "owner_id": said.owner,
        "owner_via": said.owner_via,
        "topic_id": said.topic.id if said.topic else None,
        "topic_similarity": said.topic.similarity if said.topic else None,
        "respond_by": said.respond_by,
        "theme_action": said.theme_action,
        "reasons": list(said.reasons),
        "further_themes": [[theme.id, theme.probability, theme.action] for theme in said.themes[1:]],
        "novelty": said.novelty,
        "urgency_reasons": list(said.urgency_reasons),
    } | label_columns(said.labels)


def label_columns(labels: Mapping[str, Label]) -> dict[str, Any]:
    """The labels as columns; NULL where there is none."""
    unknown = sorted(labels.keys() - LABEL_COLUMNS.keys())
    if unknown:
        raise ValueError(
            f"No column keeps the label of {', '.join(unknown)}: add one to tables.py and a migration."
        )
    columns: dict[str, Any] = {}
    for task, column in LABEL_COLUMNS.items():
        label = labels.get(task)
        columns[f"{column}_id"] = label.id if label else None
        columns[f"{column}_probability"] = label.probability if label else None
    return columns


def stored_complaint(row: Row[Any]) -> StoredComplaint:
    """The complaint of a row of `complaints` joined with its latest classification."""
    return StoredComplaint(
        complaint_id=row.complaint_id,
        external_id=row.external_id,
        received_at=row.received_at,
        stored_at=row.stored_at,
        channel=row.channel,
        customer_id=row.customer_id,
        product=row.product,
        region=row.region,
        text=row.text,
        redactions=row.redactions,
        classification=classification(row),
    )


def classification(row: Row[Any]) -> Classification:
    """The classification of a joined row."""
    return Classification(
        language=Language(row.language, row.language_probability),
        labels=labels(row),
        owner=row.owner_id,
        owner_via=row.owner_via,
        respond_by=row.respond_by,
        model_version=row.model_version,
        taxonomy_version=row.taxonomy_version,
        topic=None if row.topic_id is None else TopicMatch(row.topic_id, row.topic_similarity),
        theme_action=row.theme_action,
        reasons=tuple(row.reasons),
        themes=themes(row),
        novelty=row.novelty,
        urgency_reasons=tuple(row.urgency_reasons),
    )


def themes(row: Row[Any]) -> tuple[GivenTheme, ...]:
    """Every theme of a joined row, the main one first; their places in the text are not kept."""
    if row.theme_id is None:
        return ()
    main = GivenTheme(row.theme_id, row.theme_probability, row.theme_action)
    return (main, *(GivenTheme(*further) for further in row.further_themes))


def labels(row: Row[Any]) -> dict[str, Label]:
    """The labels of a joined row, by task."""
    values = row._mapping
    return {
        task: Label(values[f"{column}_id"], values[f"{column}_probability"])
        for task, column in LABEL_COLUMNS.items()
        if values[f"{column}_id"] is not None
    }

"""The columns a complaint file may have, and where a given file keeps them."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from service.errors import ColumnMissing, FileRejected

TASKS = ("theme", "sentiment", "urgency", "owner", "kind", "outcome")
CANONICAL_COLUMNS = (
    "text",
    *TASKS,
    "second_theme",
    "reasons",
    "language",
    "received_at",
    "channel",
    "product",
    "region",
    "customer_id",
    "external_id",
    "split",
    "group",
)
MOST_LISTED = 30


def check_mapping(columns: Mapping[str, str]) -> None:
    """Refuses a mapping for a column Firyad does not know. Raises: ColumnMissing."""
    for name in columns:
        if name not in CANONICAL_COLUMNS:
            near = difflib.get_close_matches(name, CANONICAL_COLUMNS, n=1)
            meant = f" Did you mean {near[0]!r}?" if near else ""
            raise ColumnMissing(
                f"{name!r} is not a column Firyad knows.{meant} Known: {', '.join(CANONICAL_COLUMNS)}. "
                f"Write --column NAME=COLUMN with one of these as NAME."
            )


def locate_columns(file: Path, found: Sequence[str], *, columns: Mapping[str, str]) -> dict[str, str]:
    """The file's own name of each canonical column it has; a mapping to "" leaves a column out.

    Raises: ColumnMissing for an absent mapped column or text, FileRejected for a column there twice."""
    located: dict[str, str] = {}
    for canonical in CANONICAL_COLUMNS:
        wanted = columns.get(canonical, canonical)
        own_name = _match(wanted, found) if wanted else None
        if own_name is not None:
            located[canonical] = own_name
        elif wanted and canonical in columns:
            raise ColumnMissing(
                f"{file} has no column {wanted!r} (asked for as {canonical}={wanted}). "
                f"Its columns: {_listed(found)}. Give one of these: --column {canonical}=NAME."
            )
    if "text" not in located:
        raise ColumnMissing(
            f"{file} has no column 'text'. Its columns: {_listed(found)}. "
            f"Say which one holds the complaint: --column text=NAME."
        )
    times = Counter(found)
    for own_name in located.values():
        if times[own_name] > 1:
            raise FileRejected(
                f"{file} has {times[own_name]} columns named {own_name!r}. Rename or remove all but one."
            )
    return located


def _match(wanted: str, found: Iterable[str]) -> str | None:
    names = list(found)
    if wanted in names:
        return wanted
    folded = wanted.strip().casefold()
    return next((name for name in names if name.strip().casefold() == folded), None)


def _listed(found: Sequence[str]) -> str:
    listed = ", ".join(found[:MOST_LISTED]) or "none"
    return listed if len(found) <= MOST_LISTED else f"{listed} and {len(found) - MOST_LISTED} more"

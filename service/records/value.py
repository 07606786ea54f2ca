"""A cell of a file as text, whatever type the format gave it."""

from __future__ import annotations

import math
import re
from datetime import date, time
from decimal import Decimal

# JSON can smuggle in halves of surrogate pairs, and databases take neither them nor a zero character.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def written_value(value: object) -> str | None:
    """The value as a text file would have it, 3.0 as "3" and NaN as ""; None for a list or the like."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _written_integer(value)
    if isinstance(value, float | Decimal):
        return _written_number(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return _decoded(value)
    return None


def _written_integer(value: int) -> str | None:
    try:
        return str(value)
    except ValueError:  # more digits than Python agrees to write
        return None


def _written_number(value: float | Decimal) -> str | None:
    if value.is_nan() if isinstance(value, Decimal) else math.isnan(value):
        return ""
    if math.isinf(value):
        return str(value)
    return _written_integer(int(value)) if value == int(value) else str(value)


def _decoded(value: bytes) -> str | None:
    try:
        return _UNSTORABLE.sub("", value.decode())
    except UnicodeDecodeError:
        return None

"""A text as a pattern should see it: digits of any script as 0-9, nothing hidden, places remembered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from service.text.normalise import HIDDEN_RANGES

_NOT_PRINTABLE_ASCII = re.compile(r"[^\n\x20-\x7e]")
_INVISIBLE = re.compile(f"[{HIDDEN_RANGES}\u200c\u200d\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Folded:
    """A text to match on: `origins[i]` is where its character i stands in the text it was made from.

    `origins` is None where every character kept its place."""

    text: str
    origins: tuple[int, ...] | None

    def original(self, span: Span) -> Span:
        """The span in the text as it came, hidden characters inside it included."""
        start, end = span
        return span if self.origins is None else (self.origins[start], self.origins[end - 1] + 1)


def fold(text: str) -> Folded:
    """The text with digits, dashes, spaces and full-width characters in ASCII, hidden characters left out.

    >>> fold("फोन ९८४१‑२३").text
    'फोन 9841-23'
    """
    origins = None
    if _INVISIBLE.search(text):
        kept = [place for place, character in enumerate(text) if not _INVISIBLE.match(character)]
        origins = tuple(kept)
        text = "".join(text[place] for place in kept)
    return Folded(_NOT_PRINTABLE_ASCII.sub(lambda match: _folded_character(match[0]), text), origins)


def blank(text: str, spans: Iterable[Span], *, filler: str) -> str:
    """The text, as long as before, with the filler in place of every character of the spans."""
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        pieces += (text[done:start], filler * (end - max(start, done)))
        done = max(done, end)
    return "".join((*pieces, text[done:]))


@lru_cache(maxsize=4096)
def _folded_character(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    category = unicodedata.category(character)
    if category == "Pd" or character == "\u2212":
        return "-"
    if character.isspace():
        return " "
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character

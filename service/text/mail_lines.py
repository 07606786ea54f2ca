"""The lines of a message, each with its place and with the form it is compared in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from service.text.mail_phrases import phrases
from service.text.normalise import normalise
from service.text.words import words

LONGEST_FURNITURE = 300
"""No header, attribution or signature line is longer, in characters; a disclaimer may be."""

_QUOTE_SIGN = re.compile(r"[^>]{0,8}>[ \t]?")
_RULE = re.compile(r"[-_=*~#—–─]{3,}")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text, its end of line included; `key` is empty where nothing of it can be seen."""

    start: int
    end: int
    raw: str
    key: str

    def without_start(self, length: int) -> Line:
        """The line less its first characters."""
        return Line(self.start + length, self.end, self.raw[length:], key(self.raw[length:]))

    def upto(self, length: int) -> Line:
        """Only the line's first characters."""
        return Line(self.start, self.start + length, self.raw[:length], key(self.raw[:length]))

    def unquoted(self) -> Line:
        """The line less the sign of a quote."""
        sign = _QUOTE_SIGN.match(self.raw) if self.is_quoted else None
        return self.without_start(sign.end()) if sign else self

    @property
    def is_quoted(self) -> bool:
        """Whether the line begins with the sign that mail programs put before what they quote."""
        return self.key.startswith(">")

    @property
    def is_rule(self) -> bool:
        """Whether the line is drawn, not written."""
        return _RULE.fullmatch(self.key) is not None


def key(text: str) -> str:
    """The text as phrases are compared: normalised, without case.

    >>> key("  -----ORIGINAL   Message----- ")
    '---original message---'
    """
    return normalise(text).casefold()


@cache
def keys(column: str) -> tuple[str, ...]:
    """The phrases of a column in the form they are compared in."""
    return tuple(dict.fromkeys(key(phrase) for phrase in phrases(column)))


@cache
def alternatives(column: str) -> str:
    """A pattern that matches any phrase of the column in a key."""
    return "|".join(re.escape(phrase) for phrase in keys(column))


def split_lines(text: str) -> list[Line]:
    """The text's lines in order; a separator that an export has run into a line stands on its own."""
    lines: list[Line] = []
    known: dict[str, str] = {}
    place = 0
    for whole in text.splitlines(keepends=True):
        for raw in _parts(whole):
            if raw not in known:
                known[raw] = key(raw)
            lines.append(Line(place, place + len(raw), raw, known[raw]))
            place += len(raw)
    return lines


def is_visible(lines: Iterable[Line]) -> bool:
    """Whether there is anything to read in the lines."""
    return any(line.key for line in lines)


def word_count(lines: Sequence[Line]) -> int:
    """Words in the lines."""
    return sum(len(words(line.raw)) for line in lines)


def _parts(raw: str) -> Iterator[str]:
    done = 0
    if "---" in raw:
        for match in _separator().finditer(raw):
            yield from filter(None, (raw[done : match.start()], match[0]))
            done = match.end()
    if done < len(raw):
        yield raw[done:]


@cache
def _separator() -> re.Pattern[str]:
    """A separator with dashes on both sides, in a text as sent."""
    named = "|".join(re.escape(phrase) for column in ("original", "forwarded") for phrase in phrases(column))
    return re.compile(rf"(?<!-)-{{3,}}[ \t]?(?:{named})[ \t]?-{{3,}}", re.IGNORECASE)

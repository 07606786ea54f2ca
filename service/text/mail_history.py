"""What stood in the mail before this one: attributions, separators, copied headers, quoted lines.

A rule here wants structure, not words: people write "From: Hyderabad To: Delhi" and "your agent wrote" in
complaints. An attribution needs a date or a time and an address, or the quote itself below it; a header block
needs a sender and a subject or an address, line below line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from service.text.mail_lines import LONGEST_FURNITURE, Line, alternatives, is_visible, keys, word_count

FEWEST_OWN_WORDS = 8
"""Whoever forwards a mail with fewer words of their own ("please see below") lets the mail speak."""
LONGEST_HEADER = 10
"""Lines of a copied header."""
WRAPPED = 60
"""Characters from which a line after ">" was written as a letter's, not as an item of a list."""

_ADDRESS = re.compile(r"\S@\S|\[email\]|mailto:")
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}(?!\d)")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_ENDS_SENTENCE = (".", "!", "?", ",", "।", "؟", "。")


@dataclass(frozen=True, slots=True)
class _Mark:
    """Lines `first` to `last` say that a mail follows; `strong` where they need no quote signs below."""

    first: int
    last: int
    forwards: bool = False
    strong: bool = True


def without_history(lines: Sequence[Line]) -> list[Line]:
    """The lines less the mails that were answered; a mail passed on without a word of one's own stays."""
    left = list(lines)
    place = 0
    while (mark := _next_mark(left, place)) is not None:
        behind = mark.last + 1
        following = _skip_empty(left, behind)
        quotes = following < len(left) and left[following].is_quoted
        if not (mark.strong or quotes or following == len(left)):
            place = behind
            continue
        above, below = left[: mark.first], left[behind:]
        passes_on = not is_visible(above) or (mark.forwards and word_count(above) < FEWEST_OWN_WORDS)
        own = [*above, *(line for line in below if not line.is_quoted)] if quotes else above
        place = mark.first
        if quotes and mark.forwards and passes_on:
            left = [*left[:behind], *(line.unquoted() for line in below)]
        elif quotes and is_visible(own):
            left = own
        elif quotes or (following == len(left) and passes_on):
            place = behind
        elif passes_on:
            left = [*above, *below]
        else:
            return above
    return _without_bare_quotes(left)


def _without_bare_quotes(lines: list[Line]) -> list[Line]:
    """The lines less quoted ones that nothing announces, where they look like a letter, not like a list."""
    quoted = [line for line in lines if line.is_quoted]
    if len(quoted) < 2 or not any(_is_letter(line.key) for line in quoted):
        return lines
    before = ""
    for line in lines:
        if line.is_quoted and before.endswith(":"):
            return lines
        if line.key and not line.is_quoted:
            before = line.key
    own = [line for line in lines if not line.is_quoted]
    return own if is_visible(own) else lines


def _is_letter(key: str) -> bool:
    return key == ">" or key.startswith((">>", "> >")) or len(key) >= WRAPPED or key.endswith(_ENDS_SENTENCE)


def _next_mark(lines: Sequence[Line], place: int) -> _Mark | None:
    for index in range(place, len(lines)):
        found = _mark(lines, index)
        if found is not None:
            return found
    return None


def _mark(lines: Sequence[Line], index: int) -> _Mark | None:
    key = lines[index].key
    if not key or len(key) > LONGEST_FURNITURE or lines[index].is_quoted:
        return None
    separator = _separator_kind(key)
    if separator:
        header = _header_end(lines, _skip_empty(lines, index + 1), announced=True)
        return _Mark(_rule_above(lines, index), max(index, header - 1), forwards=separator == "forwarded")
    if _reply_above(key) and is_visible(lines[:index]):
        return _Mark(index, index)
    end = _header_end(lines, index, announced=False)
    if end > index:
        return _Mark(_rule_above(lines, index), end - 1)
    return _attribution(lines, index)


def announces_forward(line: Line) -> bool:
    """Whether the line says that a mail passed on follows."""
    return len(line.key) <= LONGEST_FURNITURE and _separator_kind(line.key) == "forwarded"


def _separator_kind(key: str) -> str:
    """Which column of phrases the separator is from; empty for a line that is none."""
    bare = key.strip("-_=*~ ")
    drawn = key.startswith("--") or key.endswith("--")
    if drawn and bare in keys("original"):
        return "original"
    if (drawn or key.endswith(":")) and bare.rstrip(":").rstrip() in keys("forwarded"):
        return "forwarded"
    return ""


def _reply_above(key: str) -> bool:
    return key.startswith(("#", "-", "=", "_", "*")) and any(phrase in key for phrase in keys("reply_above"))


def _skip_empty(lines: Sequence[Line], index: int) -> int:
    while index < len(lines) and not lines[index].key:
        index += 1
    return index


def _rule_above(lines: Sequence[Line], index: int) -> int:
    """The line drawn above this one, if there is one, else this one."""
    above = index - 1
    while above > max(0, index - 3) and not lines[above].key:
        above -= 1
    return above if above >= 0 and lines[above].is_rule else index


def _header_end(lines: Sequence[Line], index: int, *, announced: bool) -> int:
    """Behind the header that begins at this line; the line itself where none does."""
    if index >= len(lines) or (label := _label(lines[index])) is None:
        return index
    if label != "sender" and not announced:
        return index
    labels = {label}
    has_address = _ADDRESS.search(lines[index].key) is not None
    end = index + 1
    wrapped = 0
    for place in range(index + 1, min(len(lines), index + LONGEST_HEADER)):
        line = lines[place]
        label = _label(line)
        if label is None:
            # A long list of addressees goes on in the next line.
            if line.key and line.raw[:1].isspace() and wrapped < 2:
                wrapped += 1
                continue
            break
        labels.add(label)
        has_address = has_address or _ADDRESS.search(line.key) is not None
        end = place + 1
    enough = len(labels) >= 2 if announced else len(labels) >= 3 and "sender" in labels
    return end if enough and (announced or has_address or "subject" in labels) else index


def _label(line: Line) -> str | None:
    if ":" not in line.key or len(line.key) > LONGEST_FURNITURE:
        return None
    match = _labels().match(line.key)
    return match.lastgroup if match else None


@cache
def _labels() -> re.Pattern[str]:
    columns = "|".join(
        f"(?P<{column}>{alternatives(column)})" for column in ("sender", "sent", "to", "subject")
    )
    return re.compile(rf"[*_ ]{{0,3}}(?:{columns})[*_ ]{{0,3}}:")


def _attribution(lines: Sequence[Line], index: int) -> _Mark | None:
    """The attribution that begins at this line and ends at it or, wrapped, at one of the next two."""
    joined = ""
    for last in range(index, min(index + 3, len(lines))):
        key = lines[last].key
        if not key or lines[last].is_quoted or len(joined) + len(key) > LONGEST_FURNITURE:
            return None
        joined = f"{joined} {key}" if joined else key
        if not _attributes(joined):
            continue
        address = _ADDRESS.search(joined) is not None
        time = _TIME.search(joined) is not None
        dated = time or _YEAR.search(joined) is not None
        following = _skip_empty(lines, last + 1)
        if following == len(lines) or lines[following].is_quoted:
            return _Mark(index, last)
        if not dated:
            return None
        alone = index == 0 or not lines[index - 1].key
        strong = address or (alone and time and _YEAR.search(joined) is not None)
        return _Mark(index, last, strong=strong)
    return None


def _attributes(key: str) -> bool:
    """Whether the words say that somebody wrote what follows."""
    if not key.endswith(":"):
        return False
    bare = key.rstrip(": ")
    if bare.endswith(keys("wrote")):
        return True
    return _ADDRESS.search(bare) is not None and any(phrase in bare for phrase in keys("wrote_by"))

"""Chat transcripts: the lines the customer spoke, where the lines say who speaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from service.text.mail_lines import Line
from service.text.mail_phrases import phrases
from service.text.words import words

FEWEST_WORDS = 3
"""A line of so many words behind a role is speech; fewer may fill in a form ("Customer: Ravi")."""

_CLOCK = r"\d{1,2}[:.：]\d{2}(?:[:.：]\d{2})?(?:\s?[ap]\.?m\.?)?"
_IN_BRACKETS = rf"[\[(（][^()（）\[\]\n]{{0,16}}{_CLOCK}[\])）]"
_STAMP = rf"(?:{_IN_BRACKETS}|(?:\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}},?\s)?{_CLOCK})"
_NAME = r"(?:[ \t][^\W\d_][^\s:：()（）\[\]]{0,24}){0,3}"
_NOT_NAMES = r"(?![ \t](?:name|number|no|id|code|type|since|care|service|support)\b)"


def customer_lines(lines: Sequence[Line]) -> list[Line]:
    """What the customer said, without the names before it; every line where roles are not clear.

    Lines above the first speaker stay, and so does a paragraph below the agent's last line."""
    spoken = [_speaker().match(line.raw) if ":" in line.key else None for line in lines]
    if not _is_transcript(lines, spoken):
        return list(lines)
    last = max(index for index, match in enumerate(spoken) if match)
    kept: list[Line] = []
    keeps = True
    for index, (line, match) in enumerate(zip(lines, spoken, strict=True)):
        if match:
            keeps = _is_customer(match)
            line = line.without_start(match.end()) if keeps else line
        elif index > last and not line.key:
            keeps = True
        if keeps:
            kept.append(line)
    return kept


def _is_transcript(lines: Sequence[Line], spoken: Sequence[re.Match[str] | None]) -> bool:
    """Both sides speak: sentences, or with the time."""
    sides = {True: False, False: False}
    for line, match in zip(lines, spoken, strict=True):
        if match:
            side = _is_customer(match)
            speaks = match["before"] or match["after"] or len(words(line.raw[match.end() :])) >= FEWEST_WORDS
            sides[side] = sides[side] or bool(speaks)
    return all(sides.values())


def _is_customer(match: re.Match[str]) -> bool:
    return (match["customer"] or match["customer_after"]) is not None


@cache
def _speaker() -> re.Pattern[str]:
    """A speaker's mark at the start of a line as sent: role, name and time in the usual orders."""
    agents, customers = (
        "|".join(re.escape(phrase) for phrase in phrases(column)) for column in ("agents", "customers")
    )
    role_first = rf"(?:(?P<agent>{agents})|(?P<customer>{customers}){_NOT_NAMES}){_NAME}"
    name_first = (
        rf"[^\W\d_][^\s:：()\[\]]{{0,24}}{_NAME}[ \t]?[(\[]"
        rf"(?:(?P<agent_after>{agents})|(?P<customer_after>{customers}))[)\]]"
    )
    return re.compile(
        rf"[ \t*]*(?:(?P<before>{_STAMP})[ \t]*[-–—|]?[ \t]*)?\*{{0,2}}(?:{role_first}|{name_first})"
        rf"\*{{0,2}}[ \t]*(?P<after>{_STAMP})?[ \t]*\*{{0,2}}[:：]\*{{0,2}}[ \t]*",
        re.IGNORECASE,
    )

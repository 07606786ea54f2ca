"""Which complaints are quoted, and how much of each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from service.reports.names import Names, language_name
from service.reports.report import Quote
from service.store.protocol import Example

QUOTES = 3
QUOTE_CHARACTERS = 240
COMPARED_CHARACTERS = 1000
NEARLY_ALL = 0.7
"""Two texts that share this part of their three-letter runs say the same."""

UNSEEN = re.compile(r"[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and those that turn the writing direction of what follows."""


def choose_quotes(candidates: Sequence[Example], *, names: Names) -> tuple[Quote, ...]:
    """Up to three excerpts: the likeliest first, then each from a sub-theme, language and day not yet heard
    where there is one, and never two that say the same. `candidates` are likeliest first."""
    left = list(candidates)
    chosen: list[Example] = []
    while left and len(chosen) < QUOTES:
        best = min(left, key=lambda example: already_heard(example, chosen))
        chosen.append(best)
        left = [example for example in left if not same_words(example.text, best.text)]
    return tuple(as_quote(example, names=names) for example in chosen)


def already_heard(example: Example, chosen: Sequence[Example]) -> tuple[bool, bool, bool]:
    """Whether its sub-theme, language and day are among those chosen; less is better."""
    return (
        example.theme in {other.theme for other in chosen},
        example.language in {other.language for other in chosen},
        example.received_at.date() in {other.received_at.date() for other in chosen},
    )


def same_words(one: str, other: str) -> bool:
    """Whether two texts are nearly identical, whatever their case, digits and punctuation."""
    runs, others = letter_runs(one), letter_runs(other)
    return len(runs & others) >= NEARLY_ALL * len(runs | others)


def letter_runs(text: str) -> set[str]:
    """The runs of three letters in a text; the whole of a shorter one."""
    folded = unicodedata.normalize("NFKC", text[:COMPARED_CHARACTERS]).casefold()
    letters = "".join(letter for letter in folded if unicodedata.category(letter)[0] in "LM")
    return {letters[start : start + 3] for start in range(max(1, len(letters) - 2))}


def as_quote(example: Example, *, names: Names) -> Quote:
    """The example as it is printed."""
    return Quote(
        complaint_id=example.complaint_id,
        theme=example.theme,
        theme_name=names.theme(example.theme),
        text=cut(example.text),
        language=example.language,
        language_name=language_name(example.language),
        channel=example.channel,
        received_on=example.received_at.date(),
        urgency=example.urgency,
    )


def cut(text: str, *, characters: int = QUOTE_CHARACTERS) -> str:
    """The text on one line, cut at the end of a word near this length; "…" where something is left out."""
    line = " ".join(UNSEEN.sub(" ", text).split())
    if len(line) <= characters:
        return line
    space = line.rfind(" ", characters // 2, characters + 1)
    # Chinese and Thai write no spaces: there the cut falls between two whole characters.
    end = space if space > 0 else whole_character(line, characters)
    return line[:end].rstrip(" ,;:،、，-–") + "…"


def whole_character(line: str, end: int) -> int:
    """The last place up to `end` that does not part a letter from its vowel signs, accents or joiners."""
    while end > 1 and (joins(line[end]) or line[end - 1] == "\u200d"):
        end -= 1
    return end


def joins(character: str) -> bool:
    """Whether the character belongs to the one before it."""
    return (
        unicodedata.category(character)[0] == "M" or character in "\u200c\u200d" or "🏻" <= character <= "🏿"
    )

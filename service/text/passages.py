"""A text's passages: what can be read, and labelled, by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import sentencex

from service.text.folding import Span
from service.text.script import letters

FEWEST_LETTERS = 8
"""A sentence with fewer letters ("Hello.", "Thanks!") belongs to its neighbour."""
MOST = 12
"""Passages of a text; sentences of a longer one share them."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"[(\[]?(?:\d{1,2}|[A-Za-z])[.)\]]")
_LINE = re.compile(r"[^\r\n\u0085\u2028\u2029]+")


def passages(text: str, *, language: str = "en") -> list[Span]:
    """Where the passages of the text stand, in order and without the white space around them.

    A passage is a sentence, or a line that none ends in, with what is too short to stand by itself; at most
    `MOST`. Between them is only white space. A text with nothing but white space has none. `language`: its
    ISO 639-1 code, which tells abbreviations; any other serves.

    >>> text = "Hello! My card is gone. Why was I charged twice?"
    >>> [text[start:end] for start, end in passages(text)]
    ['Hello! My card is gone.', 'Why was I charged twice?']
    """
    return _at_most(_joined(text, _sentences(text, language)), MOST)


def _sentences(text: str, language: str) -> list[Span]:
    # An unpaired surrogate is no Unicode text to the library; another character keeps all places.
    clean = _SURROGATE.sub("\ufffd", text)
    spans = []
    for line in _LINE.finditer(clean):
        for sentence in sentencex.get_sentence_boundaries(language, line[0]):
            spans.append((line.start() + sentence["start_index"], line.start() + sentence["end_index"]))
    return [span for start, end in spans if (span := _trimmed(text, start, end)) is not None]


def _trimmed(text: str, start: int, end: int) -> Span | None:
    part = text[start:end]
    kept = part.strip()
    first = start + len(part) - len(part.lstrip())
    return (first, first + len(kept)) if kept else None


def _joined(text: str, spans: Sequence[Span]) -> list[Span]:
    """Short sentences with the one before; at the beginning, and where they number a list, with the one
    after."""
    joined: list[Span] = []
    for start, end in spans:
        short = letters(text[start:end]) < FEWEST_LETTERS and not _NUMBER.fullmatch(text[start:end])
        if joined and (short or letters(text[joined[-1][0] : joined[-1][1]]) < FEWEST_LETTERS):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _at_most(spans: Sequence[Span], most: int) -> list[Span]:
    """The spans, neighbours put together where there are too many."""
    if len(spans) <= most:
        return list(spans)
    cuts = [round(part * len(spans) / most) for part in range(most + 1)]
    return [(spans[first][0], spans[last - 1][1]) for first, last in pairwise(cuts)]

"""A normalised text that knows where each part of it stood before."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from service.text.folding import Span
from service.text.normalise import normalise

LONGEST = 400
"""Characters of a word up to which places inside it are found one by one; beyond, in proportion."""

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word of the normalised text and the word, with its place, that it was made of."""

    start: int
    text: str
    before: str
    before_start: int

    def place(self, index: int, *, ends: bool) -> int:
        """Where in the text before a place inside this word is; `index` counts in the normalised text.

        Of a character that became several, the first begins where it began and the last ends where it
        ended. `ends`: whether a span ends there."""
        inside = index - self.start
        if inside in (0, len(self.text)) or len(self.text) == len(self.before):
            return self.before_start + (len(self.before) if inside == len(self.text) else inside)
        if len(self.before) > LONGEST:
            return self.before_start + round(inside * len(self.before) / len(self.text))
        lengths = range(len(self.before) + 1)
        if ends:
            kept = bisect_left(lengths, inside, key=self._normalised_length)
        else:
            kept = bisect_right(lengths, inside, key=self._normalised_length) - 1
        return self.before_start + kept

    def _normalised_length(self, length: int) -> int:
        return len(normalise(self.before[:length]))


@dataclass(frozen=True, slots=True)
class Aligned:
    """What `normalise` makes of a text, and the way back."""

    text: str
    original: str
    _pieces: tuple[_Piece, ...]

    @classmethod
    def of(cls, original: str) -> Aligned:
        """The normalised text. `text` is exactly what `normalise` gives."""
        text = normalise(original)
        pieces, at = [], 0
        for word in _WORD.finditer(original):
            kept = normalise(word[0])
            if not kept:
                continue
            if not text.startswith(kept, at):
                return cls(text, original, ())
            pieces.append(_Piece(at, kept, word[0], word.start()))
            at += len(kept) + 1
        return cls(text, original, tuple(pieces) if at == len(text) + 1 else ())

    def original_span(self, start: int, end: int) -> Span:
        """Where this range of `text` stood; where that cannot be told, the whole of the original."""
        if not self._pieces or not 0 <= start < end <= len(self.text):
            return 0, len(self.original)
        return self._piece(start).place(start, ends=False), self._piece(end - 1).place(end, ends=True)

    def _piece(self, index: int) -> _Piece:
        return self._pieces[max(0, bisect_right(self._pieces, index, key=lambda piece: piece.start) - 1)]

"""Mail as it comes: what the customer wrote this time, and where it stands in what was sent.

Written here because mail-parser-reply, the best kept library found, gives no places of what it keeps and
reads 13 European and East Asian languages: none of India or Nepal, no Arabic, Indonesian, Portuguese or
Turkish.
The phrases are in `mail_phrases`; the rules, which want structure and not only words, in `markup`,
`transcript`, `mail_history` and `mail_ends`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.text.folding import Span
from service.text.mail_ends import without_preamble, without_signature
from service.text.mail_history import FEWEST_OWN_WORDS, announces_forward, without_history
from service.text.mail_lines import Line, is_visible, split_lines
from service.text.markup import Token, is_markup, read_markup, shown_text
from service.text.normalise import normalise
from service.text.transcript import customer_lines
from service.text.words import words

ROUNDS = 6
"""What one rule takes away may uncover work for another; a mail that is not done by then stays as it is."""

RULES: tuple[Callable[[Sequence[Line]], list[Line]], ...] = (
    without_preamble,
    customer_lines,
    without_history,
    without_signature,
)


@dataclass(frozen=True, slots=True)
class Body:
    """What the customer wrote this time.

    `pieces` are the ranges of the original that make it up, in order, and `starts` where each begins in
    `text`. A piece as long as its text is that text; another stands for something else, as `&amp;` does."""

    text: str
    pieces: tuple[Span, ...]
    starts: tuple[int, ...]

    def original_span(self, start: int, end: int) -> Span:
        """Where this range of `text` stands in the original, from its first character to its last.

        What was taken out between them lies inside. Raises: ValueError for a range outside the text."""
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"The range {start} to {end} is not in a text of {len(self.text)} characters.")
        if not self.pieces:
            return 0, 0
        if start == end:
            place = self._place(start)[0] if start < len(self.text) else self.pieces[-1][1]
            return place, place
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, index: int) -> Span:
        """Where one character of the text stands."""
        piece = bisect_right(self.starts, index) - 1
        start, end = self.pieces[piece]
        if end - start != self._end(piece) - self.starts[piece]:
            return start, end
        place = start + index - self.starts[piece]
        return place, place + 1

    def _end(self, piece: int) -> int:
        """Where in the text a piece ends."""
        return self.starts[piece + 1] if piece + 1 < len(self.starts) else len(self.text)

    def made_of(self, tokens: Iterable[Token]) -> Body:
        """The body these tokens of its text make."""
        shown: list[str] = []
        pieces: list[Span] = []
        starts: list[int] = []
        size = 0
        for start, end, text in tokens:
            if text is not None:
                parts = [(start, end, text)]
            else:
                parts = [(first, last, self.text[first:last]) for first, last in self._by_piece(start, end)]
            for first, last, part in parts:
                span = self.original_span(first, last)
                verbatim = span[1] - span[0] == len(part)
                if verbatim and pieces and pieces[-1][1] == span[0] and _is_verbatim(pieces, starts, size):
                    pieces[-1] = (pieces[-1][0], span[1])
                else:
                    pieces.append(span)
                    starts.append(size)
                shown.append(part)
                size += len(part)
        return Body("".join(shown), tuple(pieces), tuple(starts))

    def _by_piece(self, start: int, end: int) -> list[Span]:
        """The range, cut where pieces meet."""
        first = bisect_right(self.starts, start)
        last = bisect_right(self.starts, end - 1)
        cuts = [start, *self.starts[first:last], end]
        return list(pairwise(cuts))


def _is_verbatim(pieces: Sequence[Span], starts: Sequence[int], size: int) -> bool:
    start, end = pieces[-1]
    return end - start == size - starts[-1]


def body(text: str) -> Body:
    """What the customer wrote this time, without quotes, signatures, notices and markup.

    A text without any of these comes back as it is, and so does one in which nothing else could be read.

    >>> body("Where is my refund?\\n\\nSent from my iPhone").text
    'Where is my refund?'
    """
    whole = Body(text, ((0, len(text)),), (0,)) if text else Body("", (), ())
    left = whole
    for _ in range(ROUNDS):
        after = _without_furniture(_without_markup(left))
        if after.text == left.text:
            return left
        left = after
    return whole


def _without_markup(mail: Body) -> Body:
    if not is_markup(mail.text):
        return mail
    whole = read_markup(mail.text)
    if not normalise(shown_text(mail.text, whole)):
        return mail
    forwards = any(announces_forward(line) for line in split_lines(shown_text(mail.text, whole)))
    for left_out in (frozenset({"blockquote", "quote"}), frozenset({"blockquote"})):
        tokens = read_markup(mail.text, without=left_out)
        shown = shown_text(mail.text, tokens)
        if normalise(shown) and not (forwards and len(words(shown)) < FEWEST_OWN_WORDS):
            return _trimmed(mail.made_of(tokens))
    return _trimmed(mail.made_of(whole))


def _without_furniture(mail: Body) -> Body:
    lines = split_lines(mail.text)
    left = lines
    for rule in RULES:
        fewer = rule(left)
        if is_visible(fewer):
            left = fewer
    if [(line.start, line.end) for line in left] == [(line.start, line.end) for line in lines]:
        return mail
    return _trimmed(mail.made_of(_spans(left)))


def _spans(lines: Sequence[Line]) -> list[Token]:
    """Where the lines stand, one span for lines that follow each other."""
    spans: list[Token] = []
    for line in lines:
        joins = spans and spans[-1][1] == line.start
        start = spans.pop()[0] if joins else line.start
        spans.append((start, line.end, None))
    return spans


def _trimmed(mail: Body) -> Body:
    """The body without white space at its ends."""
    end = len(mail.text.rstrip())
    start = len(mail.text) - len(mail.text.lstrip())
    return mail.made_of([(start, end, None)]) if start < end else mail

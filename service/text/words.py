r"""Words of a text in any script.

Python's `\w` leaves out combining vowel signs and would cut Telugu and Devanagari words to pieces, so a word
here is a run of characters that are neither space nor punctuation."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

_PUNCTUATION = (
    r"!-/:-@\[-`{-~"  # ASCII, its symbols included
    "\u00a1\u00a7\u00ab\u00b6\u00b7\u00bb\u00bf\u2010-\u2027\u2030-\u205e\u2e00-\u2e5d"
    "\u3001-\u3003\u3008-\u3011\u3014-\u301f\u3030\u303d\u30a0\u30fb"
    "\ufe10-\ufe19\ufe30-\ufe52\ufe54-\ufe63\uff01-\uff0f\uff1a-\uff20\uff3b-\uff3d\uff3f\uff5b-\uff65"
    "\u0964\u0965\u0970\u0df4\u0c77\u0c84"  # dandas and Indic signs
    "\u060c\u060d\u061b\u061d-\u061f\u066a-\u066d\u06d4\u0700-\u070d"  # Arabic, Syriac
    "\u037e\u0387\u055a-\u055f\u0589\u058a\u05be\u05c0\u05c3\u05c6\u05f3\u05f4"
    "\u0e4f\u0e5a\u0e5b\u0f04-\u0f12\u0f14\u0f3a-\u0f3d\u104a-\u104f\u10fb\u1360-\u1368\u17d4-\u17d6\u17d8-\u17da"
    "\u1800-\u180a"
)
_PIECE = rf"[^\s{_PUNCTUATION}]+"

WORD_PATTERN = rf"{_PIECE}(?:['\u2019]{_PIECE})*"
"""For scikit-learn's `token_pattern`: one word a match, apostrophes inside a word kept."""

_UNSPACED = (
    # Thai, Lao, Burmese, Khmer; then Kana and Han
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1050-\u109f\u1780-\u17d3"
    "\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0003ffff"
)
_WORD = re.compile(WORD_PATTERN)
_RUNS = re.compile(f"([{_UNSPACED}]+)|[^{_UNSPACED}]+")


def words(text: str) -> list[str]:
    """The words in order, case kept; scripts written without spaces give overlapping pairs of characters.

    >>> words("My card's blocked, नहीं चला। 退款呢？")
    ['My', "card's", 'blocked', 'नहीं', 'चला', '退款', '款呢']
    """
    return [
        piece
        for word in _WORD.findall(text)
        for run in _RUNS.finditer(word)
        for piece in (_pairs(run[1]) if run[1] else [run[0]])
    ]


def _pairs(run: str) -> list[str]:
    clusters: list[str] = []
    for character in run:
        if clusters and unicodedata.category(character).startswith("M"):
            clusters[-1] += character
        else:
            clusters.append(character)
    return [first + second for first, second in pairwise(clusters)] or clusters

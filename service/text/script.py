"""Which Unicode script the letters of a text belong to."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import Counter

# First code point of each stretch and the ISO 15924 script of its letters; "" where letters tell nothing.
_STRETCHES: tuple[tuple[int, str], ...] = (
    (0x0000, "Latn"),
    (0x02B0, ""),
    (0x0370, "Grek"),
    (0x0400, "Cyrl"),
    (0x0530, "Armn"),
    (0x0590, "Hebr"),
    (0x0600, "Arab"),
    (0x0700, "Syrc"),
    (0x0750, "Arab"),
    (0x0780, "Thaa"),
    (0x07C0, "Nkoo"),
    (0x0800, ""),
    (0x0870, "Arab"),
    (0x0900, "Deva"),
    (0x0980, "Beng"),
    (0x0A00, "Guru"),
    (0x0A80, "Gujr"),
    (0x0B00, "Orya"),
    (0x0B80, "Taml"),
    (0x0C00, "Telu"),
    (0x0C80, "Knda"),
    (0x0D00, "Mlym"),
    (0x0D80, "Sinh"),
    (0x0E00, "Thai"),
    (0x0E80, "Laoo"),
    (0x0F00, "Tibt"),
    (0x1000, "Mymr"),
    (0x10A0, "Geor"),
    (0x1100, "Hang"),
    (0x1200, "Ethi"),
    (0x13A0, ""),
    (0x1780, "Khmr"),
    (0x1800, "Mong"),
    (0x18B0, ""),
    (0x1C80, "Cyrl"),
    (0x1C90, "Geor"),
    (0x1CC0, ""),
    (0x1D00, "Latn"),
    (0x1DC0, ""),
    (0x1E00, "Latn"),
    (0x1F00, "Grek"),
    (0x2000, ""),
    (0x2C60, "Latn"),
    (0x2C80, ""),
    (0x2D00, "Geor"),
    (0x2D30, ""),
    (0x2D80, "Ethi"),
    (0x2DE0, "Cyrl"),
    (0x2E00, ""),
    (0x3005, "Hani"),
    (0x3008, ""),
    (0x3040, "Kana"),
    (0x3100, ""),
    (0x3130, "Hang"),
    (0x3190, ""),
    (0x31F0, "Kana"),
    (0x3200, ""),
    (0x3400, "Hani"),
    (0x4DC0, ""),
    (0x4E00, "Hani"),
    (0xA000, ""),
    (0xA640, "Cyrl"),
    (0xA6A0, ""),
    (0xA720, "Latn"),
    (0xA800, ""),
    (0xA8E0, "Deva"),
    (0xA900, ""),
    (0xA960, "Hang"),
    (0xA980, ""),
    (0xA9E0, "Mymr"),
    (0xAA00, ""),
    (0xAA60, "Mymr"),
    (0xAA80, ""),
    (0xAB30, "Latn"),
    (0xAB70, ""),
    (0xAC00, "Hang"),
    (0xD800, ""),
    (0xF900, "Hani"),
    (0xFB00, "Latn"),
    (0xFB13, "Armn"),
    (0xFB1D, "Hebr"),
    (0xFB50, "Arab"),
    (0xFE00, ""),
    (0xFE70, "Arab"),
    (0xFF00, "Latn"),
    (0xFF66, "Kana"),
    (0xFFA0, "Hang"),
    (0xFFE0, ""),
    (0x20000, "Hani"),
    (0x40000, ""),
)
_STARTS = tuple(start for start, _ in _STRETCHES)


def mainly_latin(text: str) -> bool:
    """Whether Latin is the commonest script of a text; False where it has no letters."""
    return next(iter(script_counts(text)), None) == "Latn"


DENSE = ("Hani", "Hang", "Kana")


def script_counts(text: str) -> Counter[str]:
    """Letters and vowel signs per script (ISO 15924; Hiragana and Katakana are Kana), the commonest first."""
    counts: Counter[str] = Counter()
    for character, times in Counter(text).items():
        if character.isalpha() or unicodedata.category(character).startswith("M"):
            script = _STRETCHES[bisect_right(_STARTS, ord(character)) - 1][1]
            if script:
                counts[script] += times
    return Counter(dict(counts.most_common()))


def letters(text: str) -> int:
    """How many letters the text has; one of Chinese, Japanese or Korean, which says more, counts as three."""
    counts = script_counts(text)
    return counts.total() + 2 * sum(counts[script] for script in DENSE)

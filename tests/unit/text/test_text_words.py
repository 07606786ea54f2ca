import re
import unicodedata

import pytest
from sklearn.feature_extraction.text import CountVectorizer

from service.text import WORD_PATTERN, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("నా డబ్బులు తిరిగి రాలేదు!", ["నా", "డబ్బులు", "తిరిగి", "రాలేదు"]),
        ("मेरा पैसा नहीं मिला। कब॥", ["मेरा", "पैसा", "नहीं", "मिला", "कब"]),
        ("أين نقودي؟ نعم، لا", ["أين", "نقودي", "نعم", "لا"]),
        ("can't re-order “now” – «ya»… ¿qué?", ["can't", "re", "order", "now", "ya", "qué"]),
        ("退款。呢", ["退款", "呢"]),
        ("iPhone壊れた！", ["iPhone", "壊れ", "れた"]),
        ("เงินคืน", ["เงิ", "งิน", "นคื", "คืน"]),
        ("환불 언제", ["환불", "언제"]),
        ("!!! ...", []),
    ],
)
def test_words_of_each_script(text, expected):
    assert words(text) == expected


def test_common_punctuation_of_every_script_parts_words():
    marks = [
        chr(code)
        for start, end in ((0x20, 0x2060), (0x3000, 0x3040), (0xFF00, 0xFF66))
        for code in range(start, end)
        if unicodedata.category(chr(code)) in ("Po", "Ps", "Pe", "Pi", "Pf", "Pd")
        and unicodedata.name(chr(code), "").split()[0]
        in (
            "FULLWIDTH",
            "IDEOGRAPHIC",
            "ARABIC",
            "DEVANAGARI",
            "LEFT",
            "RIGHT",
            "EM",
            "EN",
            "KHMER",
            "ETHIOPIC",
        )
    ]
    joined = [mark for mark in marks if re.fullmatch(WORD_PATTERN, f"ab{mark}cd") and mark != "\u2019"]
    assert len(marks) > 60
    assert joined == []


def test_the_pattern_serves_scikit_learn():
    vectorizer = CountVectorizer(token_pattern=WORD_PATTERN, lowercase=False).fit(["నా డబ్బులు, I can't"])
    assert sorted(vectorizer.vocabulary_) == sorted(["నా", "డబ్బులు", "I", "can't"])

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from service.text import WORD_PATTERN, detect_language, normalise, redact, words
from service.text.folding import fold

ANY_TEXT = st.text(st.characters(), max_size=80)
TRICKY = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "\u200d",
                "\u200c",
                "\u200b",
                "\ufe0f",
                "क",
                "्",
                "ന",
                "ن",
                "ی",
                "👩",
                "❤",
                "e",
                "\u0301",
                "ﷺ",
                "™",
                "ｱ",
                "ﾞ",
                "1",
                "９",
                "౧",
                " ",
                "\u3000",
                "-",
                "@",
                ".com",
                "+91",
                "98765",
                "43210",
                "4111",
                "1111",
                "account ",
                "आधार ",
                "[phone]",
                "[",
                "]",
                "Rs ",
                "a@b.co",
                "/",
                "order ",
                "12345678901",
            ]
        ),
        st.characters(),
    ),
    max_size=25,
).map("".join)
LANGUAGES = st.sampled_from(["und", "en", "te", "ne", "es", "pt", "de", "id", "zz"])


@given(st.one_of(ANY_TEXT, TRICKY))
@settings(max_examples=400, deadline=None)
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once) == once


@given(st.one_of(ANY_TEXT, TRICKY))
@settings(deadline=None)
def test_a_normalised_text_has_single_spaces_and_no_controls(text):
    once = normalise(text)
    assert once == once.strip()
    assert not re.search(
        r"\s\s|[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b\u202a-\u202e\u2066-\u2069\ufeff]", once
    )
    assert not re.search(r"([^\d])\1{3}", once)


@given(st.one_of(ANY_TEXT, TRICKY), LANGUAGES)
@settings(max_examples=300, deadline=None)
def test_redacting_twice_changes_nothing(text, language):
    once = redact(text, language=language)
    twice = redact(once.text, language=language)
    assert twice.text == once.text
    assert not twice.counts


@given(TRICKY, LANGUAGES, st.lists(ANY_TEXT, max_size=2))
@settings(deadline=None)
def test_redaction_keeps_what_it_does_not_replace(text, language, known):
    redacted = redact(text, language=language, known=known)
    if not redacted.counts:
        assert redacted.text == text
    assert redacted.text.count("[") >= sum(redacted.counts.values())


@given(st.one_of(ANY_TEXT, TRICKY))
@settings(deadline=None)
def test_folding_remembers_where_every_character_stood(text):
    folded = fold(text)
    for place, character in enumerate(folded.text):
        start, end = folded.original((place, place + 1))
        assert end == start + 1
        assert character == text[start] or fold(text[start]).text == character


@given(st.one_of(ANY_TEXT, TRICKY), st.none() | st.text(max_size=8))
@settings(deadline=None)
def test_every_text_has_a_language_or_none(text, hint):
    language = detect_language(text, hint=hint)
    assert 0.0 <= language.probability <= 1.0
    assert (language.code == "und") == (language.probability == 0.0)


@given(st.one_of(ANY_TEXT, TRICKY))
@settings(deadline=None)
def test_words_come_from_the_text_in_order(text):
    place = 0
    for word in words(text):
        assert word
        place = text.index(word, max(0, place - len(word)))
    assert not words("".join(re.split(WORD_PATTERN, text)))

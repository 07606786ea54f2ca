"""Laws of what a text is cut into and of the way back from its normalised form, whatever the text."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from service.text import Aligned, normalise, passages
from service.text.passages import MOST

PIECES = st.sampled_from(
    [
        "The parcel never came",
        "Mr.",
        "e.g.",
        "मेरो पार्सल आएन",
        "క్\u200cష",
        "ന്\u200d",
        "我的包裹还没有到",
        "لم يصل الطرد",
        ". ",
        "! ",
        "? ",
        "...",
        "।",
        "॥",
        "؟",
        "。",
        "！",
        "\n",
        "\r\n",
        "\u2028",
        "\x85",
        "\x1c",
        "\t ",
        "\u3000",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\xad",
        "ﬁ",
        "㈱",
        "½",
        "ﷺ",
        "´",
        "e\u0301",
        "ｃｈ",
        "aaaaaa",
        "!!!!!!",
        "😡",
        "👨\u200d👩\u200d👧",
        "\ud83d",
        "\udc00",
        "\x00",
        "4.50",
        "(",
        '"',
        " ",
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.characters()), max_size=30).map("".join)
LANGUAGES = st.sampled_from(["en", "te", "ne", "de", "ar", "zh", "und", "zz"])


@given(TEXTS, LANGUAGES)
def test_passages_are_in_order_apart_and_leave_out_only_white_space(text: str, language: str) -> None:
    spans = passages(text, language=language)
    assert len(spans) <= MOST
    place = 0
    for start, end in spans:
        assert place <= start < end <= len(text)
        assert not text[place:start].strip()
        assert text[start:end] == text[start:end].strip()
        place = end
    assert not text[place:].strip()


@given(TEXTS)
def test_a_text_between_white_space_has_the_same_passages(text: str) -> None:
    assert passages(f" \n{text}\n ") == [(start + 2, end + 2) for start, end in passages(text)]


@given(TEXTS)
def test_what_is_aligned_is_what_is_normalised(text: str) -> None:
    assert Aligned.of(text).text == normalise(text)


@given(TEXTS, st.data())
def test_a_place_in_the_normalised_text_is_in_the_original_and_keeps_its_order(
    text: str, data: st.DataObject
) -> None:
    aligned = Aligned.of(text)
    assume(aligned.text)
    ends = st.integers(0, len(aligned.text))
    start, end = sorted((data.draw(ends), data.draw(ends)))
    assume(start < end)
    first, last = aligned.original_span(start, end)
    assert 0 <= first < last <= len(text)
    whole_first, whole_last = aligned.original_span(0, len(aligned.text))
    assert whole_first <= first
    assert last <= whole_last
    if end < len(aligned.text):
        assert aligned.original_span(end, len(aligned.text))[0] >= first
        assert aligned.original_span(start, end + 1)[1] >= last


@given(
    st.lists(st.text(st.sampled_from("abcxyz019.,!क्षిత我的"), min_size=1, max_size=6), min_size=1, max_size=9)
)
def test_a_plain_words_place_is_the_same_word(plain: list[str]) -> None:
    original = " \t\n".join(plain)
    aligned = Aligned.of(original)
    assume(aligned.text == " ".join(plain))
    place = before = 0
    for word in plain:
        place, before = aligned.text.index(word, place), original.index(word, before)
        span = aligned.original_span(place, place + len(word))
        assert span == (before, before + len(word))
        place, before = place + len(word), before + len(word)

from __future__ import annotations

import pytest

from service.text import Aligned, normalise
from service.text.aligned import LONGEST


def stood(original: str, part: str) -> str:
    """What the part of the normalised text was in the original."""
    aligned = Aligned.of(original)
    start = aligned.text.index(part)
    return original[slice(*aligned.original_span(start, start + len(part)))]


@pytest.mark.parametrize(
    "original",
    [
        "I was charged twice.",
        "  I was\t charged \r\n\n twice. ",
        "मेरो खाताबाट  पैसा काटियो।",
        "నా పార్సిల్   ఇంకా రాలేదు.",
        "تم خصم المبلغ\u2003مرتين",
    ],
)
def test_a_plain_word_stands_where_it_stood(original: str) -> None:
    aligned = Aligned.of(original)
    assert aligned.text == normalise(original)
    place = 0
    for word in original.split():
        start = aligned.text.index(word)
        first, last = aligned.original_span(start, start + len(word))
        assert original[first:last] == word
        assert first >= place
        place = last


@pytest.mark.parametrize(
    ("original", "part", "expected"),
    [
        ("ﬁrst　ｃｈａｒｇｅ", "first", "ﬁrst"),
        ("ﬁrst　ｃｈａｒｇｅ", "charge", "ｃｈａｒｇｅ"),
        ("½ of it", "1⁄2", "½"),
        ("paid ﷺ twice", normalise("ﷺ"), "ﷺ"),
        ("paid ﷺ twice", "twice", "twice"),
        ("㈱会社 called", "(株)", "㈱"),
        ("a cafe\u0301 bill", "café", "cafe\u0301"),
        ("price 5´ long", "long", "long"),
    ],
)
def test_what_becomes_longer_or_shorter_is_found_whole(original: str, part: str, expected: str) -> None:
    assert stood(original, part) == expected


@pytest.mark.parametrize(
    ("original", "part", "expected"),
    [
        ("char\u200bged\ufeff twice", "charged", "char\u200bged\ufeff"),
        ("char\u200bged\ufeff twice", "twice", "twice"),
        ("re\xadfund now", "refund", "re\xadfund"),
        ("\u200b \u2060 paid", "paid", "paid"),
        ("paid\x00twice late", "late", "late"),
        ("paid \ud83d twice", "twice", "twice"),
    ],
)
def test_what_is_hidden_moves_no_word(original: str, part: str, expected: str) -> None:
    assert stood(original, part) == expected


@pytest.mark.parametrize(
    ("original", "part", "expected"),
    [
        ("whyyyyyyyy not refund", "whyyy", "whyyyyyyyy"),
        ("whyyyyyyyy not refund", "not", "not"),
        ("paid!!!!!!!! twice", "paid", "paid"),
        ("paid!!!!!!!! twice", "paid!!!", "paid!!!!!!!!"),
        ("nooooooooo! twice", "!", "!"),
        ("amount 1000000 twice", "1000000", "1000000"),
    ],
)
def test_a_run_cut_short_is_found_in_full(original: str, part: str, expected: str) -> None:
    assert stood(original, part) == expected


@pytest.mark.parametrize(
    ("original", "part", "expected"),
    [
        ("క్\u200cష మాట", "క్\u200cష", "క్\u200cష"),
        ("ఆర్డర్\u200c మాట", "ఆర్డర్", "ఆర్డర్\u200c"),
        ("ఆర్డర్\u200c మాట", "మాట", "మాట"),
        ("അവന്\u200d പറഞ്ഞു", "അവൻ", "അവന്\u200d"),
        ("می\u200cشود دیر", "می\u200cشود", "می\u200cشود"),
        ("paid 👨\u200d👩\u200d👧 twice", "👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    ],
)
def test_joiners_are_found_with_their_word_whether_they_stay_or_go(
    original: str, part: str, expected: str
) -> None:
    assert stood(original, part) == expected


def test_a_part_of_a_text_without_spaces_is_found() -> None:
    original = "  你们扣了我两次款，什么时候退钱？？？？？"
    for part in ("两次款", "退钱", "你们", "时"):
        assert stood(original, part) == part
    assert stood(original, "退钱？？？".replace("？", "?")) == "退钱？？？？？"


@pytest.mark.parametrize("original", ["x\ufb01x", "㈱会社", "½"])
def test_every_part_of_what_became_longer_stood_somewhere(original: str) -> None:
    aligned = Aligned.of(original)
    for place in range(len(aligned.text)):
        first, last = aligned.original_span(place, place + 1)
        assert first < last


def test_a_word_beyond_the_longest_is_found_in_proportion() -> None:
    original = "ﬁ" * LONGEST + "x" + " twice"
    aligned = Aligned.of(original)
    assert stood(original, "twice") == "twice"
    size = 2 * LONGEST + 1
    assert aligned.original_span(0, size) == (0, LONGEST + 1)
    first, last = aligned.original_span(size // 2, size // 2 + 40)
    assert abs(first - LONGEST // 2) <= 1
    assert abs(last - first - 20) <= 1


def test_the_whole_is_inside_and_has_no_white_space_at_its_ends() -> None:
    original = " \n I was  ｃｈａｒｇｅｄ twiiiiiice \u200b "
    aligned = Aligned.of(original)
    first, last = aligned.original_span(0, len(aligned.text))
    assert original[first:last] == "I was  ｃｈａｒｇｅｄ twiiiiiice"


@pytest.mark.parametrize("span", [(-1, 3), (0, 99), (3, 3), (4, 2)])
def test_a_range_that_is_none_is_the_whole(span: tuple[int, int]) -> None:
    original = "  charged   twice "
    assert Aligned.of(original).original_span(*span) == (0, len(original))


@pytest.mark.parametrize("original", ["", " ", "\u200b\ufeff", "\x00"])
def test_a_text_of_nothing_has_nothing(original: str) -> None:
    aligned = Aligned.of(original)
    assert aligned.text == ""
    assert aligned.original_span(0, 1) == (0, len(original))

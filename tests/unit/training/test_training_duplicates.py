from __future__ import annotations

import pytest

pytest.importorskip("datasketch", reason="needs the training extra: pip install firyad[training]")

from training.corpus.duplicates import duplicate_groups

pytestmark = pytest.mark.training

LETTER = (
    "I ordered a washing machine from your shop in Guntur on the third of the month. It came with a dented "
    "door, the driver would not take it back, and since then nobody has answered a single one of my letters."
)
TELUGU = "మూడు వారాల క్రితం ఆర్డర్ చేసిన ఫ్రిజ్ ఇంకా రాలేదు, కస్టమర్ కేర్ వాళ్ళు ఫోన్ ఎత్తడం లేదు, డబ్బు వెనక్కి ఇవ్వండి"


def grouped(texts: list[str], given: list[str | None] | None = None) -> list[list[int]]:
    numbers = duplicate_groups(texts, similarity=0.8, given=given or [None] * len(texts)).tolist()
    assert len(numbers) == len(texts)
    return sorted([row for row, number in enumerate(numbers) if number == wanted] for wanted in set(numbers))


@pytest.mark.parametrize("text", [LETTER, TELUGU])
def test_near_copies_share_a_group(text: str) -> None:
    copies = [text, text + "!!", f"  {text.upper()}", text.replace(",", "", 1), "\u200b" + text]
    assert grouped(copies) == [[0, 1, 2, 3, 4]]


def test_different_complaints_stay_apart() -> None:
    texts = [
        LETTER,
        TELUGU,
        "I ordered a fridge from your shop in Guntur on the ninth. It never came and I want my money back.",
        "refund pls",
        "refund now",
        "दुई दिनदेखि बिजुली छैन।",
        "",
        "ok",
    ]
    assert grouped(texts) == [[row] for row in range(len(texts))]


def test_given_groups_are_joined_whatever_their_texts() -> None:
    texts = ["the bus was late", "my parcel is lost", "the nurse was kind", "no water since Monday"]
    assert grouped(texts, ["a", None, "a", "b"]) == [[0, 2], [1], [3]]


def test_groups_are_transitive_through_copies_and_given_groups() -> None:
    texts = [LETTER, LETTER + "!", "no water since Monday", "the bus was late"]
    assert grouped(texts, [None, "a", "a", None]) == [[0, 1, 2], [3]]


def test_only_the_beginning_of_a_very_long_letter_is_compared() -> None:
    beginning = " ".join(f"clause {number}" for number in range(600))
    assert grouped([beginning + " and so I object", beginning + " yours truly"]) == [[0, 1]]


def test_no_texts_make_no_groups() -> None:
    assert grouped([]) == []

from __future__ import annotations

import pytest

from service.text import passages
from service.text.passages import FEWEST_LETTERS, MOST

SENTENCES = {
    "en": ("The parcel has not arrived yet.", "You charged my card twice!", "Where is my money?"),
    "te": ("నా పార్సిల్ ఇంకా రాలేదు.", "డబ్బు రెండుసార్లు కట్ అయింది!", "ఎప్పుడు తిరిగి ఇస్తారు?"),
    "ne": ("मेरो पार्सल अझै आएन।", "पैसा दुई पटक काटियो!", "कहिले फिर्ता हुन्छ?"),
    "hi": ("मेरा पार्सल अभी तक नहीं आया।", "पैसे दो बार कट गए!", "पैसा कब वापस मिलेगा?"),
    "bn": ("আমার পার্সেল এখনও আসেনি।", "দুইবার টাকা কেটে নিয়েছে!", "টাকা কবে ফেরত পাব?"),
    "ta": ("என் பார்சல் இன்னும் வரவில்லை.", "பணம் இரண்டு முறை எடுக்கப்பட்டது!", "எப்போது திரும்ப கிடைக்கும்?"),
    "es": ("Mi paquete no ha llegado todavía.", "¡Me cobraron dos veces!", "¿Cuándo me devuelven el dinero?"),
    "pt": ("Minha encomenda ainda não chegou.", "Fui cobrado duas vezes!", "Quando devolvem o dinheiro?"),
    "fr": ("Mon colis n'est pas arrivé.", "On m'a débité deux fois !", "Quand serai-je remboursé ?"),
    "de": ("Mein Paket ist noch nicht da.", "Ihr habt zweimal abgebucht!", "Wann bekomme ich es zurück?"),
    "ar": ("لم يصل الطرد حتى الآن.", "تم خصم المبلغ مرتين!", "متى سأسترد نقودي؟"),
    "id": ("Paket saya belum juga sampai.", "Saya ditagih dua kali!", "Kapan uang saya dikembalikan?"),
    "zh": ("我的包裹到现在还没有送到。", "你们已经扣了我两次款！", "什么时候才能退钱给我？"),
    "tr": ("Kargom hâlâ gelmedi.", "Paramı iki kere çektiniz!", "Ne zaman geri alacağım?"),
}
"""A statement, an exclamation and a question, each with its language's own marks."""


def parts(text: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in passages(text, language=language)]


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_every_sentence_of_every_language_is_a_passage(language: str) -> None:
    between = "" if language == "zh" else " "
    assert parts(between.join(SENTENCES[language]), language) == list(SENTENCES[language])


@pytest.mark.parametrize("language", ["und", "zz", "", "mr"])
def test_a_language_nobody_knows_is_cut_too(language: str) -> None:
    for sentences in (SENTENCES["en"], SENTENCES["ne"]):
        assert parts(" ".join(sentences), language) == list(sentences)


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("hi", "दो दिन से बिजली नहीं है॥", "बिल भी गलत आया है॥"),
        ("ar", "هل وصل الطرد إلى المستودع؟", "لا أحد يرد على الهاتف."),
        ("zh", "快递员态度非常恶劣?", "商品也是坏的不能用。"),
        ("en", "Nobody answered the phone?!", "We have been waiting for hours..."),
    ],
)
def test_the_marks_of_a_script_end_a_sentence(language: str, first: str, second: str) -> None:
    assert parts(f"{first} {second}", language) == [first, second]


@pytest.mark.xfail(strict=True, reason="sentencex does not end a sentence at two marks before the word I")
def test_two_marks_before_the_word_i_end_a_sentence() -> None:
    assert parts("Where is my money?? I am waiting!! I will sue you.") == [
        "Where is my money??",
        "I am waiting!!",
        "I will sue you.",
    ]


def test_a_lists_number_stands_with_what_it_counts() -> None:
    listed = ["My complaints are these:", "1. You charged me twice.", "2. Nobody answers the phone."]
    assert parts("\n".join(listed)) == listed


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n \t\n", "\u2028", "\u2029", "\x85"])
def test_a_line_that_no_stop_ends_is_a_passage(end: str) -> None:
    first, second = "the parcel never arrived", "and the bill is wrong"
    assert parts(f"{first}{end}{second}{end}") == [first, second]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I spoke to Mr. Rao and Dr. Smith about the parcel."),
        ("en", "You took 4.50 euros more than www.example.com says."),
        ("en", "My bill is Rs. 450 and not Rs. 4500 for this month."),
        ("en", "The courier came at 3 p.m. with the wrong parcel."),
        ("de", "Es fehlt z. B. der Netzstecker in meinem Paket."),
        ("es", "El Sr. García no me devuelve el dinero."),
    ],
)
def test_an_abbreviation_or_a_number_ends_nothing(language: str, text: str) -> None:
    assert parts(text, language) == [text]


def test_emoji_stay_with_the_sentence_they_close() -> None:
    said = parts("The parcel never arrived 😡😡. Where is it now? 👨\u200d👩\u200d👧 Nobody will tell me")
    assert said[0] == "The parcel never arrived 😡😡."
    assert "".join(said).count("👨\u200d👩\u200d👧") == 1


def test_half_a_surrogate_pair_moves_nothing() -> None:
    broken = "The parcel\ud83d never arrived. \udc00 You charged my card twice."
    assert parts(broken) == ["The parcel\ud83d never arrived.", "\udc00 You charged my card twice."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello! You charged my card twice.", ["Hello! You charged my card twice."]),
        (
            "Hello,\nyou charged my card twice.\nMy parcel never arrived.\nThanks!",
            ["Hello,\nyou charged my card twice.", "My parcel never arrived.\nThanks!"],
        ),
        ("Why? Why? Why?", ["Why? Why? Why?"]),
        ("Why?", ["Why?"]),
        ("👍", ["👍"]),
        ("Hi. Hi. You charged my card twice.", ["Hi. Hi. You charged my card twice."]),
    ],
)
def test_what_is_too_short_stands_with_its_neighbour(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


def test_a_sentence_of_just_enough_letters_stands_by_itself() -> None:
    enough, short = "a" * FEWEST_LETTERS + ".", "a" * (FEWEST_LETTERS - 1) + "."
    other = "You charged my card twice."
    assert parts(f"{other}\n{enough}\n{other}") == [other, enough, other]
    assert parts(f"{other}\n{short}\n{other}") == [f"{other}\n{short}", other]


@pytest.mark.parametrize("sentences", [MOST - 1, MOST, MOST + 1, 2 * MOST, 100])
def test_a_long_text_has_no_more_than_the_most_and_loses_nothing(sentences: int) -> None:
    text = " ".join(f"Sentence {chr(97 + number % 26) * 3} is here." for number in range(sentences))
    found = parts(text)
    assert len(found) == min(MOST, sentences)
    assert " ".join(found) == text
    sizes = [part.count(".") for part in found]
    assert max(sizes) - min(sizes) <= 1, "the sentences are shared out evenly"


@pytest.mark.parametrize("text", ["", " ", "\n\t\r\n", "\u3000\u00a0"])
def test_white_space_alone_has_no_passage(text: str) -> None:
    assert passages(text) == []

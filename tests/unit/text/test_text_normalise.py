import pytest

from service.text import normalise


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("Ｆｕｌｌ　ｗｉｄｔｈ １２", "Full width 12"),
        ("a\x00b\x07c\ud800d", "abcd"),
        ("pay\u200bment \u202eback\u202c \ufeffnow\u00ad", "payment back now"),
        ("  two\r\n\tlines  ", "two lines"),
        ("soooooo bad!!!!!!", "sooo bad!!!"),
        ("Rs 1000000", "Rs 1000000"),
        ("e\u200b\u0301", "é"),
        ("", ""),
    ],
)
def test_one_spelling(sent, seen):
    assert normalise(sent) == seen


@pytest.mark.parametrize(
    "meant",
    ["क्\u200dष", "శ్\u200cరీ", "می\u200cخواهم", "👩\u200d👩\u200d👧", "🏴\u200d☠"],
    ids=["devanagari", "telugu", "persian", "family", "flag"],
)
def test_joiners_that_carry_meaning_stay(meant):
    assert normalise(meant) == meant


@pytest.mark.parametrize("idle", ["a\u200db", "\u200cనా", "నా\u200d", "1\u200d2", "👩\u200d", "क\u200d\u200dक"])
def test_idle_joiners_go(idle):
    assert normalise(idle) == idle.replace("\u200d", "").replace("\u200c", "")


def test_old_and_new_malayalam_final_consonants_are_one_spelling():
    assert normalise("അവന്\u200d") == "അവൻ"

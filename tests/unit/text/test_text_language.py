import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from service.text import detect_language
from service.values import Language

COMPLAINTS = {
    "en": "My card was charged twice and nobody answers",
    "te": "నా డబ్బులు తిరిగి రాలేదు, కస్టమర్ కేర్ స్పందించడం లేదు",
    "hi": "मेरे खाते से पैसे दो बार कट गए और वापस नहीं मिले",
    "ne": "मेरो खाताबाट दुई पटक पैसा काटियो अझै फिर्ता आएन",
    "mr": "माझ्या खात्यातून पैसे कापले गेले आहेत आणि परत मिळाले नाहीत",
    "bn": "আমার টাকা ফেরত পাইনি",
    "ta": "என் பணம் திரும்ப வரவில்லை",
    "es": "Me cobraron dos veces y nadie responde a mis correos",
    "pt": "Fui cobrado duas vezes e ninguém responde aos meus e-mails",
    "fr": "J'ai été débité deux fois et personne ne répond",
    "de": "Mir wurde zweimal Geld abgebucht und niemand antwortet",
    "ar": "تم خصم المبلغ مرتين ولا أحد يرد على رسائلي",
    "ur": "میرے اکاؤنٹ سے دو بار پیسے کٹ گئے ہیں",
    "fa": "پول من دو بار کسر شده و کسی پاسخ نمی‌دهد",
    "id": "Saldo saya terpotong dua kali dan tidak ada yang menjawab",
    "zh": "我的卡被扣了两次款，没有人回复",
    "ja": "二重請求されました。返金してください",
    "ko": "두 번 결제되었는데 아무도 답하지 않아요",
    "tr": "Kartımdan iki kez para çekildi ve kimse cevap vermiyor",
    "ru": "С моей карты дважды списали деньги, никто не отвечает",
}


@pytest.mark.parametrize("code", COMPLAINTS)
def test_a_complaint_in_each_language(code):
    assert detect_language(COMPLAINTS[code]).code == code


@pytest.mark.parametrize("text", ["", "42 !!", "😡😡", "\u200b", "१२३", "\ud800"])
def test_a_text_without_letters_has_no_language(text):
    assert detect_language(text, hint="te") == Language("und", 0.0)


def test_english_words_do_not_hide_telugu():
    assert detect_language("నా card block చేశారు please refund").code == "te"


def test_a_foreign_word_does_not_make_an_english_text_telugu():
    assert detect_language("The support team wrote నమస్తే to me and then closed my ticket again").code == "en"


@pytest.mark.parametrize("hint", ["ne", "ne-NP", "NE_np", " ne "])
def test_a_plausible_hint_wins(hint):
    assert detect_language("पैसा फिर्ता", hint=hint) == Language("ne", 1.0)


@pytest.mark.parametrize("hint", ["te", "en", "zh-Hans", "klingon!", "", "-", "hi-Latn"])
def test_a_hint_for_another_script_is_ignored(hint):
    told = detect_language(COMPLAINTS["hi"], hint=hint)
    assert told.code == "hi"
    assert told.probability < 1.0


def test_a_hint_can_say_that_telugu_is_in_latin_letters():
    assert detect_language("naa dabbulu tirigi raledu", hint="te-Latn") == Language("te", 1.0)
    assert detect_language(COMPLAINTS["en"], hint="te-IN").code == "en"


def test_chinese_and_japanese_hints_follow_the_letters():
    assert detect_language("返金", hint="ja").code == "ja"
    assert detect_language("退款", hint="zh-Hant").code == "zh"


def test_a_very_long_text_costs_no_more_than_its_beginning():
    assert detect_language(COMPLAINTS["es"] + " " + "x" * 200_000).code == "es"


def test_many_first_requests_share_one_model():
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: detect_language(COMPLAINTS["fr"]), range(16)))
    assert {language.code for language in told} == {"fr"}


def test_importing_loads_neither_the_model_nor_heavy_libraries():
    script = (
        "import sys, service.text, service.records\n"
        "loaded = {'py3langid', 'pandas', 'torch', 'pyarrow', 'sklearn'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
        "service.text.detect_language('bonjour tout le monde')\n"
        "loaded = {'pandas', 'torch', 'sklearn'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_one_function_word_tells_nepali_from_hindi():
    assert detect_language("मेरो पैसा कहाँ गयो").code == "ne"
    assert detect_language("पैसा कब तक आएगा").code == "hi"


def test_a_large_language_is_preferred_to_its_small_neighbour():
    assert detect_language("Uang saya belum kembali").code == "id"

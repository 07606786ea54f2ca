"""The language a text is written in, told by its script first and by py3langid's statistics second."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from service.text.normalise import normalise
from service.text.script import script_counts
from service.text.words import words
from service.values import Language


def _listed(spaced: str) -> frozenset[str]:
    return frozenset(spaced.split())


UNDETERMINED = Language("und", 0.0)
# py3langid walks every byte in Python, and the first lines of a message tell its language.
READ_CHARACTERS = 2000
# A complaint in Telugu or Hindi is full of English words ("card block", "refund"): a script other than Latin
# is the message's own from this share of the letters on.
OWN_SCRIPT_SHARE = 0.25
KANA_SHARE = 0.05
SCRIPT_PROBABILITY = 0.99

_ONE_LANGUAGE = {
    "Telu": "te", "Taml": "ta", "Beng": "bn", "Gujr": "gu", "Knda": "kn", "Mlym": "ml", "Sinh": "si",
    "Guru": "pa", "Orya": "or", "Thaa": "dv", "Thai": "th", "Mymr": "my", "Khmr": "km", "Laoo": "lo",
    "Tibt": "bo", "Mong": "mn", "Hang": "ko", "Kana": "ja", "Hani": "zh", "Grek": "el", "Hebr": "he",
    "Geor": "ka", "Armn": "hy", "Ethi": "am",
}  # fmt: skip
_CANDIDATES = {
    "Deva": _listed("hi ne mr"),
    "Arab": _listed("ar fa ur ps ug"),
    "Cyrl": _listed("ru uk be bg mk sr kk ky mn tg tt ba"),
    "Latn": _listed(
        "af an az br bs ca cs cy da de en eo es et eu fi fo fr fy ga gd gl ha hr ht hu id ig "
        "is it jv ku la lb lg ln lt lv mg ms mt nl nn no oc om pl pt qu ro rw se sk sl sn so "
        "sq sr st sv sw tk tl tr uz vi vo wa xh yo zu"
    ),
}
# A hint may also name these, beyond the candidates above.
_SCRIPT_OF_HINT = {
    "as": "Beng", "ti": "Ethi", "yi": "Hebr", "sa": "Deva", "sd": "Arab", "ks": "Arab", "dz": "Tibt",
    "nb": "Latn", "su": "Latn", "fil": "Latn",
}  # fmt: skip
_MERGED = {"arz": "ar", "ary": "ar", "nn": "no", "gom": "mr", "sa": "hi"}
# Rare next to the big language they resemble; without this, one in ten Portuguese messages reads as Galician.
_RARE = _listed("an br eo fo fy ga gd gl ht la lb nn oc se vo wa ms st tk bs lg ln")
_RARE_WEIGHT = 0.15

_SCRIPT_OF_SUBTAG = {"Hans": "Hani", "Hant": "Hani", "Jpan": "Kana", "Kore": "Hang", "Hira": "Kana"}
_HINT = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_][A-Za-z0-9]{1,8})*")

# In Devanagari six words are often too few for py3langid; function words that one of the three languages has
# and the others lack each count as this much log-probability.
_EVIDENCE_WEIGHT = 1.2
_FUNCTION_WORDS = {
    "hi": _listed(
        "है हैं नहीं और में की के का था थी थे हुआ हुई कर करने किया गया गई गए से मेरी मेरे "
        "मुझे हम आप यह वह ये वे भी लेकिन क्या कोई बहुत जो उस रहा रही रहे ही ने तो लिए दिया "
        "अपने जब बाद ऐसे करते सकते पर अब तक करें करो इसका इसके उनके लोगों बारे या होने होते "
        "वाले"
    ),
    "ne": _listed(
        "छ छन् छैन छु हुन्छ भयो भएको भएन गर्नु गर्न गरेको गर्ने लाई ले मा र हरु हरू पनि मेरो "
        "तर यो त्यो कति अहिले छैनन् थियो थिए गरे गर्छ गरिएको होइन हुने हुन तपाईं हामी यस त्यस "
        "भने भनेर लागि बाट सबै नै कुनै धेरै छौं दिनु नि यी यसको गर्दा भन्ने आफ्नो अझै आयो आएन "
        "दियो गरिन्छ एउटा तथा वा सकिन्छ हुँदा"
    ),
    "mr": _listed(
        "आहे आहेत नाही आणि मला माझे माझ्या माझा माझी पण साठी मध्ये झाले झाला झाली नाहीत आम्ही "
        "तुम्ही काय कसे खूप आता अजून असे त्या करून केले केला केली येत हे हा ही"
    ),
}
_ENDINGS = {
    "hi": re.compile(r".*[\u0921\u0922]\u093c.*"),
    "ne": re.compile(r".+(?:न्छ|ँछ|र्छ|छन्|एको|ेको|हरू|हरु|लाई|नुहोस्|दैन)"),
    "mr": re.compile(r".*ळ.*|.+च्या"),
}
_loading = Lock()

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier


def detect_language(text: str, *, hint: str | None = None) -> Language:
    """The language of a text, ISO 639-1, and how sure that is; ("und", 0.0) for a text without letters.

    hint: what the caller knows, "te" or a tag such as "te-IN"; it wins, with probability 1, where the text is
    written in that language's script ("te-Latn" for Telugu in Latin letters).

    Telugu, Hindi or Nepali in Latin letters is not recognised without such a hint: it comes back as whatever
    language in Latin letters resembles it, often Indonesian, Swahili or Somali, with a low probability.

    >>> detect_language("నా డబ్బులు తిరిగి రాలేదు").code
    'te'
    >>> detect_language("42 !!").code
    'und'
    """
    text = normalise(text[: 2 * READ_CHARACTERS])[:READ_CHARACTERS]
    counts = script_counts(text)
    if not counts:
        return UNDETERMINED
    script = _own_script(counts)
    hinted = _hinted_language(hint, script)
    if hinted is not None:
        return Language(hinted, 1.0)
    if script in _ONE_LANGUAGE:
        return Language(_ONE_LANGUAGE[script], SCRIPT_PROBABILITY)
    if script not in _CANDIDATES:
        return UNDETERMINED
    return _likeliest(text, script)


def load_language_model() -> None:
    """Read py3langid's model now (about a second on a slow core), so that no request waits for it."""
    _identifier()


def _own_script(counts: Mapping[str, int]) -> str:
    letters = sum(counts.values())
    others = {script: count for script, count in counts.items() if script != "Latn"}
    own = max(others, key=others.__getitem__, default="Latn")
    if own in ("Hani", "Kana"):
        east_asian = counts.get("Hani", 0) + counts.get("Kana", 0)
        own = "Kana" if counts.get("Kana", 0) >= KANA_SHARE * east_asian else "Hani"
        return own if east_asian >= OWN_SCRIPT_SHARE * letters else "Latn"
    return own if counts[own] >= OWN_SCRIPT_SHARE * letters or "Latn" not in counts else "Latn"


def _hinted_language(hint: str | None, script: str) -> str | None:
    match = _HINT.fullmatch(hint.strip()) if hint else None
    if match is None:
        return None
    code = match[1].lower()
    if match[2] is not None:  # "zh-Hant", "te-Latn"
        return code if _SCRIPT_OF_SUBTAG.get(match[2].title(), match[2].title()) == script else None
    return code if script in _usual_scripts(code) else None


def _usual_scripts(code: str) -> set[str]:
    scripts = {script for script, codes in _CANDIDATES.items() if code in codes}
    scripts |= {script for script, only in _ONE_LANGUAGE.items() if code == only}
    scripts |= {_SCRIPT_OF_HINT[code]} if code in _SCRIPT_OF_HINT else set()
    return scripts | {"Hani"} if code == "ja" else scripts


def _likeliest(text: str, script: str) -> Language:
    weights: dict[str, float] = {}
    for label, probability in _identifier().rank(text):
        code = _MERGED.get(label, label)
        if code in _CANDIDATES[script]:
            weight = _RARE_WEIGHT if label in _RARE else 1.0
            weights[code] = weights.get(code, 0.0) + weight * max(probability, 1e-12)
    if script == "Deva":
        weights = _with_function_words(weights, words(text))
    code = max(weights, key=weights.__getitem__)
    return Language(code, weights[code] / sum(weights.values()))


def _with_function_words(weights: Mapping[str, float], found: Sequence[str]) -> dict[str, float]:
    evidence = {
        code: sum(word in function_words or _ENDINGS[code].fullmatch(word) is not None for word in found)
        for code, function_words in _FUNCTION_WORDS.items()
    }
    most = max(evidence.values())  # subtracted so that a long text does not overflow
    return {
        code: weight * math.exp(_EVIDENCE_WEIGHT * (evidence[code] - most))
        for code, weight in weights.items()
    }


def _identifier() -> LanguageIdentifier:
    with _loading:  # so that two first requests do not both read the model
        return _load_identifier()


@cache
def _load_identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

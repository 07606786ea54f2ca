"""National identity numbers: how each is written, and the check that tells it from any other number.

Formats and check digits are python-stdnum's. A bare run of digits passes many a check by chance, so such
numbers are looked for only in the languages of their country, after their name, or in a Latin text of a
language Firyad is not made for: that may be a romanised text whose language was told wrongly. Numbers with a
telling form (letters, a fixed grouping) are looked for in every language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stdnum.ar import cuit
from stdnum.br import cpf
from stdnum.cl import rut
from stdnum.cn import ric
from stdnum.de import idnr as german_idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.id import nik
from stdnum.in_ import aadhaar, epic, pan
from stdnum.it import codicefiscale
from stdnum.kr import rrn
from stdnum.mx import curp
from stdnum.my import nric
from stdnum.nl import bsn
from stdnum.pk import cnic
from stdnum.pl import pesel
from stdnum.pt import cc
from stdnum.th import pin
from stdnum.tr import tckimlik
from stdnum.us import ssn
from stdnum.za import idnr as south_african_idnr

from service.text.folding import Span
from service.text.harmless import names_order
from service.text.script import mainly_latin

INDIAN = frozenset(["en", "hi", "te", "ta", "bn", "mr", "gu", "kn", "ml", "pa", "or", "as", "ur", "und"])
STARTER = frozenset(["ar", "bn", "de", "en", "es", "fr", "hi", "id", "ne", "pt", "ta", "te", "tr", "zh"])
"""The languages of data/starter, which are told reliably; "und" has its own numbers below."""
WORDS_BEFORE = 24
_SPANISH = frozenset(["es", "ca", "gl", "eu", "und"])
_PORTUGUESE = frozenset(["pt", "und"])


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """One country's number: its form, its check, and the languages it is looked for in (None: all)."""

    pattern: re.Pattern[str]
    is_valid: Callable[[str], bool]
    languages: frozenset[str] | None = None


def _number(
    form: str, is_valid: Callable[[str], bool], languages: frozenset[str] | None = None
) -> IdentityNumber:
    return IdentityNumber(
        re.compile(rf"(?<![0-9A-Za-z])(?:{form})(?![0-9A-Za-z])", re.ASCII), is_valid, languages
    )


NUMBERS: tuple[IdentityNumber, ...] = (
    _number(r"(?<!\d{4}[ -])[2-9]\d{3}([ -])\d{4}\1\d{4}(?![ -]\d{4})", aadhaar.is_valid),
    _number(r"[2-9]\d{11}", aadhaar.is_valid, INDIAN),
    _number(r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", pan.is_valid),
    _number(r"[A-Z]{3}\d{7}", epic.is_valid, INDIAN),
    _number(r"\d{3}([ -])\d{2}\1\d{4}", ssn.is_valid),
    _number(
        r"(?i:[A-CEGHJ-PR-TW-Z]{2}) ?\d{2} ?\d{2} ?\d{2} ?(?i:[A-D])", lambda _: True
    ),  # GB, no check digit
    _number(r"\d{8}[ -]?[A-Za-z]|\d{2}\.\d{3}\.\d{3}[ -]?[A-Za-z]", lambda form: dni.is_valid(_bare(form))),
    _number(r"[XYZxyz][ -]?\d{7}[ -]?[A-Za-z]", lambda form: nie.is_valid(_bare(form))),
    _number(r"\d{8}[ -]?\d[ -]?[A-Z]{2}\d", cc.is_valid),
    _number(r"\d{3}\.\d{3}\.\d{3}-\d{2}|\d{9}-\d{2}", cpf.is_valid),
    _number(r"\d{11}", cpf.is_valid, _PORTUGUESE),
    _number(r"\d{1,2}\.\d{3}\.\d{3}-[\dKk]|\d{7,8}-[\dKk]", rut.is_valid, _SPANISH),
    _number(r"\d{2}-\d{8}-\d|(?:20|23|24|27)\d{9}", cuit.is_valid, _SPANISH),
    _number(r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d", curp.is_valid),
    _number(
        r"[12][ .]?\d{2}[ .]?\d{2}[ .]?(?:\d{2}|2[ABab])[ .]?\d{3}[ .]?\d{3}[ .]?\d{2}",
        lambda form: nir.is_valid(_bare(form)),
    ),
    _number(r"[1-9]\d{10}|[1-9]\d ?\d{3} ?\d{3} ?\d{3}", german_idnr.is_valid, frozenset(["de"])),
    _number(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", codicefiscale.is_valid),
    _number(r"\d{11}", pesel.is_valid, frozenset(["pl"])),
    _number(r"\d{9}", bsn.is_valid, frozenset(["nl"])),
    _number(r"[1-9]\d{10}", tckimlik.is_valid, frozenset(["tr", "und"])),
    _number(
        r"\d{16}|\d{4}([ .-])\d{4}\1\d{4}\1\d{4}",
        lambda form: nik.is_valid(_bare(form)),
        frozenset(["id", "jv", "su", "ms", "und"]),
    ),
    _number(r"[1-8]\d{16}[\dXx]", ric.is_valid),
    _number(r"\d{6}-[1-4]\d{6}", rrn.is_valid),
    _number(r"\d{5}-\d{7}-\d", cnic.is_valid),
    _number(r"\d{6}-\d{2}-\d{4}", nric.is_valid),
    _number(r"[1-8]\d{12}|[1-8]-\d{4}-\d{5}-\d{2}-\d", pin.is_valid, frozenset(["th"])),
    _number(
        r"\d{13}|\d{6} \d{4} \d{3}", south_african_idnr.is_valid, frozenset(["en", "af", "zu", "xh", "st"])
    ),
)

# The names people give their numbers. What stands right behind one is taken without a check digit: a typing
# error makes it no less the sender's. Short names must be in capitals, "run" and "nie" are words too.
_NAMES = (
    r"(?i:aa?dh?aa?r|uidai|voter\s*id|passport|pasaporte|passaporte|passeport|reisepass|paspor|pasaport|ssn"
    r"|social\s+security|national\s+id(?:entity)?|id\s+card|driving\s+licen[cs]e"
    r"|driver'?s?\s+licen[cs]e|citizenship"
    r"|national\s+insurance|tax\s+id|dni|curp|c[eé]dula|documento\s+de\s+identidad|cuit|cuil|cpf"
    r"|cart[aã]o\s+de\s+cidad[aã]o|contribuinte|s[eé]curit[eé]\s+sociale|carte\s+d['’]identit[eé]"
    r"|personalausweis"
    r"|ausweisnummer|steuer-?id|nik|ktp|kimlik|codice\s+fiscale|pesel|bsn|cnic)(?![A-Za-z])"
    r"|(?:PAN|Pan [Cc]ard|pan card|EPIC|VID|NID|NINO|NIE|NIF|NIR|RFC|RUT|RUN|RG|C\.?C\.)(?![A-Za-z])"
    r"|आधार|पैन|पासपोर्ट|राहदानी|नागरिकता|मतदाता|ఆధార్|పాన్|పాస్\s?పోర్ట్|పాస్పోర్ట్|ఓటరు|ஆதார்|பாஸ்போர்ட்"
    r"|আধার|পরিচয়পত্র|এনআইডি|পাসপোর্ট|جواز|الهوية|شناختی|پاسپورٹ|کد ملی|身份证|護照|护照|주민등록번호|여권"
)
_NAMED = re.compile(
    rf"(?<![^\W\d_])(?:{_NAMES})([^0-9\n;!?]{{0,20}}?)"
    r"(?<![0-9A-Za-z])([A-Za-z]{0,3}\d(?:[ .-]?\d){5,16}(?:-?[A-Za-z])?)(?![0-9A-Za-z])"
)


def identity_spans(text: str, *, language: str) -> Iterator[Span]:
    """Where identity numbers stand in a folded text; spans may overlap."""
    any_country = language not in STARTER and language != "und" and mainly_latin(text)
    for number in NUMBERS:
        meant = number.languages is None or language in number.languages
        if meant or any_country:
            for match in number.pattern.finditer(text):
                if number.is_valid(match[0]) and (meant or not _is_order(text, match.start())):
                    yield match.span()
    for match in _NAMED.finditer(text):
        if not names_order(match[1]):
            yield match.span(2)


def _is_order(text: str, place: int) -> bool:
    return names_order(text[max(0, place - WORDS_BEFORE) : place].rpartition("\n")[2])


def _bare(form: str) -> str:
    return re.sub(r"[ .-]", "", form)

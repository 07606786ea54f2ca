"""Phone numbers in a text, by the numbering plans of the countries that write in its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from phonenumbers import (
    Leniency,
    PhoneMetadata,
    PhoneNumberMatch,
    PhoneNumberMatcher,
    PhoneNumberType,
    number_type,
)

from service.text.folding import Span
from service.text.harmless import names_order
from service.text.script import mainly_latin

# The countries tried for a number written without its country code, likeliest first.
REGIONS: dict[str, tuple[str, ...]] = {
    "en": ("US", "GB", "IN", "AU", "ZA", "NG", "IE", "NZ", "SG", "KE"), "hi": ("IN",), "te": ("IN",),
    "ta": ("IN", "LK"), "mr": ("IN",), "gu": ("IN",), "kn": ("IN",), "ml": ("IN",), "pa": ("IN", "PK"),
    "or": ("IN",), "as": ("IN",), "bn": ("BD", "IN"), "ne": ("NP", "IN"), "ur": ("PK", "IN"),
    "si": ("LK",), "es": ("ES", "MX", "AR", "CO", "PE", "CL", "US", "EC", "VE"), "ca": ("ES",),
    "gl": ("ES",), "eu": ("ES",), "pt": ("BR", "PT", "AO", "MZ"),
    "fr": ("FR", "BE", "CH", "CA", "MA", "SN", "CI"), "de": ("DE", "AT", "CH"), "it": ("IT", "CH"),
    "nl": ("NL", "BE"), "pl": ("PL",), "tr": ("TR",), "id": ("ID",), "ms": ("MY", "SG"), "jv": ("ID",),
    "vi": ("VN",), "th": ("TH",), "zh": ("CN", "TW", "HK", "SG"), "ja": ("JP",), "ko": ("KR",),
    "ru": ("RU", "KZ"), "uk": ("UA",), "el": ("GR",), "he": ("IL",), "fa": ("IR", "AF"),
    "ar": ("EG", "SA", "AE", "JO", "MA", "TN", "PS", "IQ", "DZ", "KW"), "sw": ("KE", "TZ"),
    "ro": ("RO", "MD"), "cs": ("CZ",), "hu": ("HU",), "sv": ("SE",), "tl": ("PH",),
}  # fmt: skip
# Romanised Telugu, Hindi or Nepali is told for another language: a Latin text may be of any of these.
ANYWHERE = ("IN", "NP", "US", "GB", "BD", "BR", "MX", "ES", "DE", "FR", "TR", "ID", "CN", "EG")

# A text with more candidates than this is no complaint; the rest is taken by its looks, at no cost.
MOST_CHECKED = 60
FEWEST_DIGITS, MOST_DIGITS = 7, 15
SUBSCRIBER_DIGITS = 9
MOST_GROUPS = 8
WORDS_BEFORE = 24

_CANDIDATE = re.compile(
    r"(?<![0-9A-Za-z.,@#_/-])(?:\+ ?)?\(?\+?\d(?:[ ().\-/]{0,3}\d){6,39}(?![0-9@]|[A-Za-z])"
)
_PHONE_WORD = re.compile(
    r"(?<![^\W\d_])(?i:phone|phones|phon|phn|fon|ph|mobile|mobil|mobail|mob|cell|call|calling|tel|telephone|contact|whatsapp|sms"
    r"|number is|ring|landline|tel[eé]fono|celular"
    r"|m[oó]vil|llamar|ll[aá]me(?:nme|me)?|telefone|telem[oó]vel|ligar|t[eé]l[eé]phone|portable"
    r"|appel(?:er|ez)|telefon|handy|anrufen|rufen"
    r"|telpon|telepon|hp|nomor hp|hubungi|ara(?:yın)?)(?![A-Za-z])"
    r"|फोन|मोबाइल|मोबाईल|कॉल|व्हाट्सएप|ఫోన్|మొబైల్|కాల్|వాట్సాప్|தொலைபேசி|போன்|மொபைல்|ফোন|মোবাইল"
    r"|هاتف|الهاتف|جوال|موبايل|فون|موبائل"
    r"|电话|電話|手机|手機|전화|휴대폰|телефон|โทร|เบอร์"
)
# "Number" says what a number is only where no other thing it could number stands before it.
_NUMBER_WORD = re.compile(
    r"(?<![^\W\d_])(?i:(?:number|numbers|numbar|nambar|nambaru|nomber|nmbr)(?![A-Za-z])|no[.:])"
)
_NUMBERED_THING = re.compile(
    r"(?<![^\W\d_])(?i:customer|client|consumer|account|acct|a/c|policy|claim|application|registration|reg|roll"
    r"|flight|train|bus|coach|seat|vehicle|meter|model|part|item|product|batch|lot|room|house|flat|plot|page|card"
    r"|loan|licen[cs]e|employee|member|membership|user|id|code|pin|zip|coupon|voucher|file|form|receipt|chassis"
    r"|engine|sim|iccid|random|lottery)(?![A-Za-z])"
)
_FILLER = (
    r"(?:[ .:=#()-]{0,3}(?i:is|no|num|number|nambar|hai|at|on|me|to|my|us|ko"
    r"|par|ki|ka|naa|mera|mero)(?![A-Za-z])){0,3}"
)
_RIGHT_BEHIND = re.compile(rf"{_FILLER}[ .:=#()-]{{0,4}}")
_BARE = re.compile(rf"(?<!\d)\d{{{FEWEST_DIGITS},{MOST_DIGITS}}}(?!\d)")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def phone_spans(text: str, *, language: str) -> Iterator[Span]:
    """Where phone numbers stand in a folded text; spans may overlap. Bare digits must be a mobile number, be
    called a phone, or stand right behind a word for one."""
    regions: tuple[str, ...] | None = None
    for checked, candidate in enumerate(_CANDIDATE.finditer(text)):
        before = _before(text, candidate.start())
        called = _phone_word(before) is not None
        if not called and "+" not in candidate[0] and names_order(before):
            continue
        if checked >= MOST_CHECKED:
            yield candidate.span()
            continue
        if regions is None:
            regions = _regions(text, language=language)
        yield from (
            (candidate.start() + start, candidate.start() + end)
            for start, end in _numbers_in(candidate[0], regions=regions, called=called)
        )
    for bare in _BARE.finditer(text):
        before = _before(text, bare.start())
        word = _phone_word(before)
        if word is not None and _RIGHT_BEHIND.fullmatch(before, word.end()):
            yield bare.span()


def _before(text: str, place: int) -> str:
    return text[max(0, place - WORDS_BEFORE) : place].rpartition("\n")[2]


def _phone_word(before: str) -> re.Match[str] | None:
    """The last word before a number that calls it a phone number."""
    word = _last(_PHONE_WORD, before)
    if word is None and not names_order(before) and not _NUMBERED_THING.search(before):
        word = _last(_NUMBER_WORD, before)
    return word


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    last = None
    for match in pattern.finditer(text):
        last = match
    return last


def _regions(text: str, *, language: str) -> tuple[str, ...]:
    """The countries whose numbers are looked for, likeliest first."""
    own = REGIONS.get(language, ())
    if own and not mainly_latin(text):
        return own
    return tuple(dict.fromkeys((*own, *ANYWHERE)))


def _numbers_in(candidate: str, *, regions: tuple[str, ...], called: bool) -> list[Span]:
    found: list[Span] = []
    runs = _digit_runs(candidate)
    mobile = candidate.isdigit() and not called
    for region in (None, *regions):
        if region is None and "+" not in candidate:
            continue
        if (
            region is not None
            and runs is not None
            and not any(map(_plan(region, mobile=mobile).fullmatch, runs))
        ):
            continue
        for match in PhoneNumberMatcher(candidate, region, leniency=Leniency.VALID):
            if _is_telling(match, called=called) and not _overlaps(match, found):
                found.append((match.start, match.end))
        if sum(end - start for start, end in found) + 2 >= len(candidate):
            break
    return found


def _digit_runs(candidate: str) -> list[str] | None:
    """The digits of every row of neighbouring groups that may be one number; None where they are many."""
    groups = re.findall(r"\d+", candidate)
    if len(groups) > MOST_GROUPS:
        return None
    rows = (
        "".join(groups[first:end])
        for first in range(len(groups))
        for end in range(first + 1, len(groups) + 1)
    )
    return [row for row in rows if FEWEST_DIGITS <= len(row) <= MOST_DIGITS + 2]


@cache
def _plan(region: str, *, mobile: bool) -> re.Pattern[str]:
    """What digits may be a (mobile) number of the country: a quick sieve that lets every one through."""
    plan = PhoneMetadata.metadata_for_region(region)
    numbers = None if plan is None else plan.mobile if mobile else plan.general_desc
    if plan is None or numbers is None or plan.national_prefix_transform_rule is not None:
        return re.compile(r"\d+")
    prefix = plan.national_prefix_for_parsing or ""
    return re.compile(rf"(?:\d{{0,4}}{plan.country_code})?(?:{prefix})?(?:{numbers.national_number_pattern})")


def _is_telling(match: PhoneNumberMatch, *, called: bool) -> bool:
    written = match.raw_string
    digits = sum(character.isdigit() for character in written)
    if called or written.startswith(("+", "00")):
        return True
    if digits < SUBSCRIBER_DIGITS:
        return False
    return digits < len(written) or number_type(match.number) in _MOBILE


def _overlaps(match: PhoneNumberMatch, spans: list[Span]) -> bool:
    return any(match.start < end and start < match.end for start, end in spans)

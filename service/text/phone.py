"""Phone numbers in a text, by the numbering plans of the countries that write in its language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatch, PhoneNumberMatcher, PhoneNumberType, number_type

from service.text.folding import Span
from service.text.harmless import names_order

# The countries tried for a number written without its country code, likeliest first.
REGIONS: dict[str, tuple[str, ...]] = {
    "en": ("US", "GB", "IN", "AU", "ZA", "NG", "IE", "NZ", "SG", "KE"),
    "hi": ("IN",), "te": ("IN",), "ta": ("IN", "LK"), "mr": ("IN",), "gu": ("IN",), "kn": ("IN",), "ml": ("IN",),
    "pa": ("IN", "PK"), "or": ("IN",), "as": ("IN",), "bn": ("BD", "IN"), "ne": ("NP", "IN"), "ur": ("PK", "IN"),
    "si": ("LK",), "es": ("ES", "MX", "AR", "CO", "PE", "CL", "US", "EC", "VE"), "ca": ("ES",), "gl": ("ES",),
    "eu": ("ES",), "pt": ("BR", "PT", "AO", "MZ"), "fr": ("FR", "BE", "CH", "CA", "MA", "SN", "CI"),
    "de": ("DE", "AT", "CH"), "it": ("IT", "CH"), "nl": ("NL", "BE"), "pl": ("PL",), "tr": ("TR",),
    "id": ("ID",), "ms": ("MY", "SG"), "jv": ("ID",), "vi": ("VN",), "th": ("TH",), "zh": ("CN", "TW", "HK", "SG"),
    "ja": ("JP",), "ko": ("KR",), "ru": ("RU", "KZ"), "uk": ("UA",), "el": ("GR",), "he": ("IL",),
    "fa": ("IR", "AF"), "ar": ("EG", "SA", "AE", "JO", "MA", "TN", "PS", "IQ", "DZ", "KW"), "sw": ("KE", "TZ"),
    "ro": ("RO", "MD"), "cs": ("CZ",), "hu": ("HU",), "sv": ("SE",), "tl": ("PH",),
}  # fmt: skip
ANYWHERE = ("IN", "US", "GB", "NP", "BD", "BR", "MX", "ES", "DE", "FR", "TR", "ID", "CN", "EG")

# A text with more candidates than this is no complaint; the rest is taken by its looks, at no cost.
MOST_CHECKED = 60
FEWEST_DIGITS, MOST_DIGITS = 7, 15
SUBSCRIBER_DIGITS = 9

_CANDIDATE = re.compile(
    r"(?<![0-9A-Za-z.,@#_/-])(?:\+ ?)?\(?\+?\d(?:[ ().\-/]{0,3}\d){6,39}(?![0-9@]|[A-Za-z])"
)
_PHONE_WORD = re.compile(
    r"(?<![^\W\d_])(?i:phone|mobile|mob|cell|call|calling|tel|telephone|contact|whatsapp|sms|number is|ring|landline|tel[eé]fono|celular"
    r"|m[oó]vil|llamar|ll[aá]me(?:nme|me)?|telefone|telem[oó]vel|ligar|t[eé]l[eé]phone|portable|appel(?:er|ez)|telefon|handy|anrufen|rufen"
    r"|telpon|telepon|hp|nomor hp|hubungi|ara(?:yın)?)(?![A-Za-z])"
    r"|फोन|मोबाइल|मोबाईल|कॉल|व्हाट्सएप|ఫోన్|మొబైల్|కాల్|వాట్సాప్|தொலைபேசி|போன்|மொபைல்|ফোন|মোবাইল|هاتف|الهاتف|جوال|موبايل|فون|موبائل"
    r"|电话|電話|手机|手機|전화|휴대폰|телефон|โทร|เบอร์"
)
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def phone_spans(text: str, *, language: str) -> Iterator[Span]:
    """Where phone numbers stand in a folded text; a bare run of digits must be a mobile number or be called one."""
    regions = REGIONS.get(language, ANYWHERE)
    for checked, candidate in enumerate(_CANDIDATE.finditer(text)):
        before = text[max(0, candidate.start() - 24) : candidate.start()].rpartition("\n")[2]
        called = _PHONE_WORD.search(before) is not None
        if not called and "+" not in candidate[0] and names_order(before):
            continue
        if checked >= MOST_CHECKED:
            yield candidate.span()
            continue
        yield from (
            (candidate.start() + start, candidate.start() + end)
            for start, end in _numbers_in(candidate[0], regions=regions, called=called)
        )


def _numbers_in(candidate: str, *, regions: tuple[str, ...], called: bool) -> list[Span]:
    found: list[Span] = []
    for region in (None, *regions):
        for match in PhoneNumberMatcher(candidate, region, leniency=Leniency.VALID):
            if _is_telling(match, called=called) and not _overlaps(match, found):
                found.append((match.start, match.end))
        if sum(end - start for start, end in found) + 2 >= len(candidate):
            break
    return found


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

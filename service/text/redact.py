"""What of a message may be kept: the text with a marker in place of everything that names its sender.

The markers are [email], [phone], [card], [bank_account], [national_id] and, for what the caller named,
[id]."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from stdnum import iban, luhn
from stdnum.ar import cbu
from stdnum.es import ccc

from service.text.folding import Span, blank, fold
from service.text.harmless import harmless_spans, names_order
from service.text.identity import identity_spans
from service.text.phone import phone_spans

MARKERS = {
    "id": "[id]",
    "email": "[email]",
    "national_id": "[national_id]",
    "card": "[card]",
    "bank_account": "[bank_account]",
    "phone": "[phone]",
}
SHORTEST_KNOWN_ID = 4

# Stands for what is already redacted or harmless; matches no pattern here.
_TAKEN = "\x00"
_MARKER = re.compile("|".join(re.escape(marker) for marker in MARKERS.values()))

_LOCAL = r"[A-Za-z0-9\u00c0-\u024f._%+'-]"
_EMAIL = re.compile(rf"{_LOCAL}{{1,64}}@(?:[A-Za-z0-9-]{{1,63}}\.){{1,8}}[A-Za-z]{{2,24}}")
_ANY = r"[^\s@.,;:!?<>()\[\]{}\"'“”।॥،؟、。，|/\\\x00]"
_EMAIL_ANY_SCRIPT = re.compile(rf"(?:{_ANY}|\.){{1,64}}@(?:{_ANY}{{1,63}}\.){{1,8}}{_ANY}{{2,63}}")

_CARD_START = {
    13: "456", 14: "35", 15: "3", 16: "23456789", 17: "56", 18: "56", 19: "3456",
}  # fmt: skip
_DIGIT_GROUPS = re.compile(r"(?<!\d)\d{3,19}(?!\d)(?:[ ._-]{1,3}\d{2,16}(?!\d)){0,60}")
_GROUP = re.compile(r"\d+")

_IBAN_COUNTRIES = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 "
    "DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 "
    "IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 "
    "MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 "
    "SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
)
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBAN_COUNTRIES.split()}
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[ -]?\d{2}(?:[ -]?[A-Za-z0-9]){11,29}")
_UPI = re.compile(
    r"(?<![A-Za-z0-9._-])[A-Za-z0-9._-]{2,64}@(?:ok[a-z]{2,10}|ybl|ibl|axl|apl|upi|paytm"
    r"|pt[a-z]{3,5}|sbi|icici|hdfc"
    r"|hdfcbank|axisbank|kotak|pnb|boi|barodampay|fbl|idfc|yesbank|waicici|wahdfcbank|wasbi"
    r"|waaxis|jio|airtel|freecharge)"
    r"(?![A-Za-z0-9.-])"
)
_ACCOUNT = (
    r"(?:(?<![^\W\d_])(?i:accounts?|acct|acc|a/c|ac|iban|clabe|cbu|cvu|cuentas?|contas?|compte"
    r"|konto|kontonummer|rekening|norek"
    r"|hesap|hesab[ıi]|rib)(?![A-Za-z])|खाता|खाते|खातों|खातामा|खात्या|ఖాతా|అకౌంట్|கணக்கு|হিসাব"
    r"|অ্যাকাউন্ট|الحساب|حساب|حسابي|اکاؤنٹ"
    r"|账户|账号|帐号|帳戶|口座|계좌)"
)
_NAMED_ACCOUNT = re.compile(
    rf"{_ACCOUNT}([^0-9\n;!?\x00]{{0,30}}?)(?<![0-9A-Za-z+])(\d(?:[ -]?\d){{8,21}})(?![0-9A-Za-z])"
    rf"|(?<![0-9A-Za-z+])(\d{{9,18}})(?=[^0-9\n.;!?\x00]{{0,12}}{_ACCOUNT})"
)


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text that may be kept, and how many places of each kind were replaced in it."""

    text: str
    counts: Mapping[str, int]


def redact(text: str, *, language: str = "und", known: Iterable[str] = ()) -> Redacted:
    """The text with markers for e-mail addresses, phone, card, account and identity numbers.

    language: ISO 639-1, decides which countries' numbers are looked for. known: identifiers the caller has
    (a customer's or order's id, at least four characters) and wants out as well.

    Cards and identity numbers count when their check digits fit; bare digits only where a word or their form
    says what they are, so that amounts, dates and order numbers stay. Redacting twice changes nothing
    more.

    >>> redact("Call 098765 43210 or mail ravi@example.com about Rs 25000", language="te").text
    'Call [phone] or mail [email] about Rs 25000'
    """
    counts: Counter[str] = Counter()
    named = _known_pattern(known)
    while (
        True
    ):  # a marker can bring a number nearer to the word that names it; the text settles in a few rounds
        found = _find(text, language=language, named=named)
        if not found:
            return Redacted(text, dict(counts))
        counts.update(kind for _, kind in found)
        text = _replaced(text, found)


def _find(text: str, *, language: str, named: re.Pattern[str] | None) -> list[tuple[Span, str]]:
    folded = fold(text)
    working = blank(folded.text, (match.span() for match in _MARKER.finditer(folded.text)), filler=_TAKEN)
    steps: tuple[tuple[str, Callable[[str], Iterable[Span]]], ...] = (
        ("id", lambda working: _spans(named, working) if named else ()),
        ("email", _email_spans),
        ("bank_account", _account_form_spans),
        ("harmless", harmless_spans),
        ("national_id", lambda working: identity_spans(working, language=language)),
        ("card", _card_spans),
        ("bank_account", _account_spans),
        ("phone", lambda working: phone_spans(working, language=language)),
    )
    found: list[tuple[Span, str]] = []
    for kind, step in steps:
        spans = _apart(step(working))
        working = blank(working, spans, filler=_TAKEN)
        if kind in MARKERS:
            found += ((folded.original(span), kind) for span in spans)
    return sorted(found)


def _apart(spans: Iterable[Span]) -> list[Span]:
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
        elif end > kept[-1][1]:
            kept[-1] = (kept[-1][0], end)
    return kept


def _replaced(text: str, found: list[tuple[Span, str]]) -> str:
    pieces: list[str] = []
    done = 0
    for (start, end), kind in found:
        pieces += (text[done:start], MARKERS[kind])
        done = end
    return "".join((*pieces, text[done:]))


def _known_pattern(known: Iterable[str]) -> re.Pattern[str] | None:
    folded = {fold(one).text.strip() for one in known}
    long_enough = sorted((one for one in folded if len(one) >= SHORTEST_KNOWN_ID), key=len, reverse=True)
    if not long_enough:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, long_enough))})(?!\w)", re.IGNORECASE)


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    return (match.span() for match in pattern.finditer(text))


def _email_spans(text: str) -> Iterator[Span]:
    if "@" in text:
        plain = list(_spans(_EMAIL, text))
        yield from plain
        yield from _spans(_EMAIL_ANY_SCRIPT, blank(text, plain, filler=_TAKEN))


def _card_spans(text: str) -> Iterator[Span]:
    for run in _DIGIT_GROUPS.finditer(text):
        yield from _cards_in(text, run.span())


def _cards_in(text: str, run: Span) -> Iterator[Span]:
    groups = [match.span() for match in _GROUP.finditer(text, *run)]
    first = 0
    while first < len(groups):
        last = _card_end(text, groups, first)
        if last is not None:
            yield groups[first][0], groups[last][1]
            first = last
        first += 1


def _card_end(text: str, groups: list[Span], first: int) -> int | None:
    """The longest row of equally separated groups from the first on that is a card number."""
    digits, separator, best = "", None, None
    for last in range(first, len(groups)):
        if last > first:
            between = text[groups[last - 1][1] : groups[last][0]].replace(" ", "") or " "
            if separator not in (None, between):
                break
            separator = between
        digits += text[slice(*groups[last])]
        if len(digits) > max(_CARD_START):
            break
        if digits[0] in _CARD_START.get(len(digits), "") and luhn.is_valid(digits):
            best = last
    return best


def _account_form_spans(text: str) -> Iterator[Span]:
    yield from _spans(_UPI, text)
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2].upper())
        places = [place for place, character in enumerate(match[0]) if character not in " -"]
        if length is not None and length <= len(places):
            end = places[length - 1] + 1
            if iban.is_valid(match[0][:end], check_country=False):
                yield match.start(), match.start() + end


def _account_spans(text: str) -> Iterator[Span]:
    for match in _NAMED_ACCOUNT.finditer(text):
        if match[3] is not None:
            yield match.span(3)
        elif not names_order(match[1]):
            yield match.span(2)
    for match in re.finditer(r"(?<!\d)(?:\d{20}|\d{22}|\d{4}([ -])\d{4}\1\d{2}\1\d{10})(?!\d)", text):
        if ccc.is_valid(match[0]) or cbu.is_valid(match[0]):
            yield match.span()

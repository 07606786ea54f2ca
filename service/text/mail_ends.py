"""What stands around a message: ticket and gateway lines above it; signatures, names and notices below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from service.text.mail_lines import LONGEST_FURNITURE, Line, is_visible, key, keys
from service.text.mail_phrases import DEVICES, EXTERNAL, phrases

LONGEST_NAME_BLOCK = 6
"""Lines below a closing formula that may still be name, title and telephone."""
LONGEST_SIGNATURE = 12
"""Lines below "-- "."""
SIGNATURE_CHARACTERS = 600
LONGEST_NOTICE = 20
"""Lines of a disclaimer."""
NOTICE_CHARACTERS = 4000
LONGEST_SENTENCE = 20
"""Words of a line a ticket system writes."""

_CONTACT = re.compile(r"@|www\.|https?:|\d[\d ()./+-]{6,}|\[(?:email|phone)\]")
_ENDS_SENTENCE = ("?", "!", "।", "؟", "？", "。", "…")
_LAST_SENTENCE = re.compile(r"(?<=[.!?।。！？])\s+([^.!?।。！？\n]{5,60})\s*\Z")
_CJK = re.compile("[\u3400-\u9fff]")


def without_preamble(lines: Sequence[Line]) -> list[Line]:
    """The lines less those a gateway, a ticket system or a chatbot put on top."""
    for index, line in enumerate(lines):
        tag = _external().match(line.raw)
        own = line.without_start(tag.end()) if tag else line
        if own.key and not _is_preamble(own.key):
            return [own, *lines[index + 1 :]] if tag or is_visible(lines[:index]) else list(lines)
    return list(lines)


def _is_preamble(key: str) -> bool:
    if len(key) > LONGEST_FURNITURE:
        return False
    if any(phrase in key for phrase in (*keys("notice"), *keys("reply_above"))):
        return len(key.split()) <= LONGEST_SENTENCE * 2 and not key.endswith(("?", "!"))
    return _is_ticket(key) or _is_bot(key)


def _is_ticket(key: str) -> bool:
    bare = key.rstrip(" .!।。")
    return (
        bare.endswith(keys("ticket_done"))
        and any(digit.isdecimal() for digit in bare)
        and len(bare.split()) <= LONGEST_SENTENCE
        and any(word in bare for word in keys("ticket"))
    )


def _is_bot(key: str) -> bool:
    """A greeting with an offer to help at its end, or nothing but the offer."""
    bare = key.rstrip(" ?!.。？।؟👋😊🙂")
    if not bare.endswith(keys("offers")):
        return False
    return bare in keys("offers") or bare.startswith(keys("greetings"))


@cache
def _external() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in EXTERNAL)
    return re.compile(rf"\s*[\[【](?:{words})(?:\s+[^\W\d_]{{1,12}})?[\]】]\s*[:：-]?\s*", re.IGNORECASE)


def without_signature(lines: Sequence[Line]) -> list[Line]:
    """The lines less what closes the mail: taken off from the end, kind by kind, until none is left."""
    first = next((index for index, line in enumerate(lines) if line.key), len(lines))
    end = len(lines)
    taken = False
    while True:
        while end > first and not lines[end - 1].key:
            end -= 1
        shorter = _shorter(lines, end)
        if shorter is None or shorter <= first:
            break
        end = shorter
        taken = True
        while end > first + 1 and (not lines[end - 1].key or lines[end - 1].is_rule):
            end -= 1
    left = list(lines[:end]) if taken else list(lines)
    last = lines[end - 1] if end else None
    sentence = _LAST_SENTENCE.search(last.raw, max(0, len(last.raw) - 80)) if last else None
    if last and sentence and _is_sent_from(key(sentence[1])):
        return [*lines[: end - 1], last.upto(sentence.start())]
    return left


def _shorter(lines: Sequence[Line], end: int) -> int | None:
    """Where the text ends without its last piece of furniture; None where it has none."""
    if end == 0:
        return None
    last = lines[end - 1].key
    if _is_sent_from(last) or last.startswith(keys("footer")):
        return end - 1
    # The address a program puts below its name.
    if end > 1 and last.startswith(("<http", "http", "www.")) and " " not in last:
        above = lines[end - 2].key
        if _is_sent_from(above) or above.startswith(keys("footer")):
            return end - 2
    for found in (_delimited, _notice, _closing):
        if (shorter := found(lines, end)) is not None:
            return shorter
    return None


def _is_sent_from(key: str) -> bool:
    if len(key) > 90 or len(key.split()) > 9:
        return False
    return _sent_from().fullmatch(key) is not None and any(device in key for device in DEVICES)


@cache
def _sent_from() -> re.Pattern[str]:
    forms = "|".join(
        ".{1,40}".join(re.escape(part) for part in key(phrase).split("*")) for phrase in phrases("sent_from")
    )
    return re.compile(rf"(?:{forms})\s?(?:<http\S*>|\(http\S*\)|[.।。])?")


def _delimited(lines: Sequence[Line], end: int) -> int | None:
    for index in range(end - 1, max(-1, end - 2 - LONGEST_SIGNATURE), -1):
        if lines[index].raw.rstrip() in {"--", "—"}:
            written = sum(len(line.key) for line in lines[index:end])
            return index if written <= SIGNATURE_CHARACTERS else None
    return None


def _notice(lines: Sequence[Line], end: int) -> int | None:
    """The last paragraph, or its end, where that is a notice of confidentiality."""
    start = end
    size = 0
    while start > 0 and lines[start - 1].key and end - start < LONGEST_NOTICE:
        start -= 1
        size += len(lines[start].key)
        if size > NOTICE_CHARACTERS:
            return None
        if lines[start].key.lstrip("*_-=# ").startswith(keys("disclaimer")) and _is_notice(lines[start:end]):
            return start
    return None


def _is_notice(lines: Sequence[Line]) -> bool:
    joined = " ".join(line.key for line in lines)
    return sum(part in joined for part in keys("disclaimer_part")) >= 2


def _closing(lines: Sequence[Line], end: int) -> int | None:
    """A closing formula in the last lines with at most a name, a title and how to reach it below."""
    below = 0
    for index in range(end - 1, -1, -1):
        line = lines[index]
        if not line.key:
            continue
        if _closes(line.key, below):
            return index
        below += 1
        if below > LONGEST_NAME_BLOCK or not _is_name(line.key):
            return None
    return None


def _closes(key: str, below: int) -> bool:
    bare = key.rstrip(" ,.!;-–—:।。，、،")
    if bare in keys("closings") or (below and bare in keys("thanks")):
        return True
    formula, comma, name = (part.strip(" .") for part in key.replace("،", ",").partition(","))
    return bool(comma) and formula in keys("closings") and "," not in name and _is_name(name)


def _is_name(key: str) -> bool:
    """Whether a line may be a name, a title, a telephone or an address to write to."""
    if len(key) > LONGEST_FURNITURE // 5 or key.endswith(_ENDS_SENTENCE):
        return False
    if _CONTACT.search(key):
        return len(key.split()) <= 8
    if _CJK.search(key):
        return len(key) <= 8
    return len(key.split()) <= 4 and not key.endswith((".", ":"))

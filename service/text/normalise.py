"""What the encoder and the n-gram heads see of a message."""

from __future__ import annotations

import re
import unicodedata

# Every Indic block has the same plan: digits and dandas at 0x64-0x6F, letters and signs around them.
_INDIC = "".join(
    f"{chr(block)}-{chr(block + 0x63)}{chr(block + 0x70)}-{chr(block + 0x7F)}"
    for block in range(0x0900, 0x0E00, 0x80)
)
_ARABIC = (
    "\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06ef\u06fa-\u06ff\u0750-\u077f\u08a0-\u08ff"
)
_EMOJI = "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_ZWNJ, _ZWJ = "\u200c", "\u200d"

_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# Soft hyphen, grapheme joiner, bidirectional and other invisible controls, variation selectors, tags.
HIDDEN_RANGES = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{HIDDEN_RANGES}]")
_JOINER = re.compile(f"[{_ZWNJ}{_ZWJ}]")
_MEANT_JOINER = re.compile(
    f"(?<=[{_INDIC}])[{_ZWNJ}{_ZWJ}](?=[{_INDIC}])"
    f"|(?<=[{_ARABIC}])[{_ZWNJ}{_ZWJ}](?=[{_ARABIC}])"
    f"|(?<=[{_EMOJI}]){_ZWJ}(?=[{_EMOJI}])"
)
# Malayalam's old spelling of a final consonant; without its joiner it would read as another sound.
_CHILLU = re.compile("([ണനരലളക])\u0d4d\u200d")
_CHILLU_LETTER = dict(zip("ണനരലളക", "ൺൻർൽൾൿ", strict=True))
_SPACE = re.compile(r"\s+")
_RUN = re.compile(r"([^\d])\1{3,}")


def normalise(text: str) -> str:
    """The text folded to one spelling: NFKC, no controls, single spaces, at most three equal characters.

    Zero-width joiners stay where they carry meaning: between letters of an Indic or Arabic script and inside
    an emoji sequence. Runs of digits stay whole: they are amounts and numbers. Normalising twice changes
    nothing.

    >>> normalise("Still  NO refund!!!!!!!! Whyyyyyyy?")
    'Still NO refund!!! Whyyy?'
    """
    if not text.isascii():
        # Before the joiners are judged, so that a joiner's neighbours are the ones it will keep.
        text = unicodedata.normalize("NFKC", _HIDDEN.sub("", _CONTROLS.sub("", text)))
        text = _HIDDEN.sub("", text)
        text = _without_idle_joiners(text)
        text = unicodedata.normalize("NFKC", text)
    text = _CONTROLS.sub("", text)
    text = _SPACE.sub(" ", text).strip()
    return _RUN.sub(r"\1\1\1", text)


def _without_idle_joiners(text: str) -> str:
    if not _JOINER.search(text):
        return text
    text = _CHILLU.sub(lambda match: _CHILLU_LETTER[match[1]], text)
    meant = {match.start() for match in _MEANT_JOINER.finditer(text)}
    return _JOINER.sub(lambda match: match[0] if match.start() in meant else "", text)

"""What an error may say of a value that somebody put into the wrong place."""

from __future__ import annotations

from service.text.redact import redact
from service.text.words import words

SHOWN_CHARACTERS = 40
SHOWN_WORDS = 4


def shown(value: str) -> str:
    """The value in quotes and redacted, or only its length where it may be a sentence.

    In a row with a column too many, a label's place may hold a complaint or a phone number.

    >>> shown("biling")
    "'biling'"
    >>> shown("9876543210")
    "'[phone]'"
    >>> shown("they never sent my parcel")
    'a text of 25 characters'
    """
    plain = [word for word in words(value) if word.isalpha()]  # Chinese writes no spaces; a date has digits
    if len(value) > SHOWN_CHARACTERS or max(len(value.split()), len(plain)) > SHOWN_WORDS:
        return f"a text of {len(value)} characters"
    return repr(redact(value).text)

"""Text as the service reads it: normalised, its language told, its words found, its sender hidden.

Pure functions, the only copy of each; training imports them from here."""

from service.text.aligned import Aligned
from service.text.language import detect_language, load_language_model
from service.text.mail import Body, body
from service.text.normalise import normalise
from service.text.passages import passages
from service.text.redact import Redacted, redact
from service.text.shown import shown
from service.text.words import WORD_PATTERN, words

__all__ = [
    "WORD_PATTERN",
    "Aligned",
    "Body",
    "Redacted",
    "body",
    "detect_language",
    "load_language_model",
    "normalise",
    "passages",
    "redact",
    "shown",
    "words",
]

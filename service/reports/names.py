"""Ids as a person reads them: themes, owners, languages."""

from __future__ import annotations

from typing import Protocol

from service.errors import UnknownLabel

NO_THEME = "No theme"
NO_SUBTHEME = "No sub-theme"


class TaxonomyView(Protocol):
    """What the report needs of a taxonomy. An id it does not know may raise UnknownLabel or KeyError."""

    def name(self, theme_id: str, language: str = "en") -> str:
        """The theme's name."""
        ...

    def parent(self, theme_id: str) -> str | None:
        """The theme a sub-theme lies under, None for a top theme."""
        ...

    def owner_name(self, owner_id: str) -> str:
        """The team's name."""
        ...


class Names:
    """The taxonomy's names, with the id itself for what it does not know: an older taxonomy gave that id."""

    def __init__(self, taxonomy: TaxonomyView) -> None:
        self._taxonomy = taxonomy

    def theme(self, theme_id: str | None) -> str:
        """The theme's own name."""
        if theme_id is None:
            return NO_THEME
        try:
            return self._taxonomy.name(theme_id)
        except (UnknownLabel, KeyError):
            return theme_id

    def top(self, theme_id: str | None) -> str | None:
        """The top theme this one lies under: itself where it has no parent or is not known."""
        if theme_id is None:
            return None
        try:
            return self._taxonomy.parent(theme_id) or theme_id
        except (UnknownLabel, KeyError):
            return theme_id

    def owner(self, owner_id: str) -> str:
        """The team's name."""
        try:
            return self._taxonomy.owner_name(owner_id)
        except (UnknownLabel, KeyError):
            return owner_id


def language_name(code: str) -> str:
    """The language's English name, or its code."""
    return LANGUAGES.get(code, code)


LANGUAGES = {
    "ar": "Arabic",
    "as": "Assamese",
    "bn": "Bengali",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "gu": "Gujarati",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "kn": "Kannada",
    "ko": "Korean",
    "ml": "Malayalam",
    "mr": "Marathi",
    "ms": "Malay",
    "ne": "Nepali",
    "nl": "Dutch",
    "no": "Norwegian",
    "or": "Odia",
    "pa": "Punjabi",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "si": "Sinhala",
    "sv": "Swedish",
    "sw": "Swahili",
    "ta": "Tamil",
    "te": "Telugu",
    "th": "Thai",
    "tl": "Filipino",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "und": "Not determined",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
"""ISO 639-1 codes and their English names, for the languages met most; any other code stands for itself."""

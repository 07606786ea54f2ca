"""What a taxonomy itself says of its themes, as examples to learn from: names, definitions, what belongs."""

from __future__ import annotations

import numpy as np

from service.taxonomy import Taxonomy
from service.text import detect_language, normalise
from training.encoders.cache import CachedEncoder
from training.heads.fit import MEANING, Examples


def theme_meanings(taxonomy: Taxonomy, encoder: CachedEncoder) -> Examples | None:  # type: ignore[type-arg]
    """The texts of every theme that has a definition, labelled with it; None where no theme has one.

    Nobody has to write a complaint for these, and in cross-validation on the starter corpus they raised the
    accuracy of the theme by three to four points."""
    pairs = [
        (text, theme.id)
        for theme in taxonomy.by_id.values()
        if theme.definition
        for text in (*theme.name.values(), theme.definition, *theme.belongs)
    ]
    if not pairs:
        return None
    texts = [normalise(text) for text, _ in pairs]
    return Examples(
        texts=texts,
        vectors=encoder.encode(texts),
        languages=[detect_language(text).code for text in texts],
        labels=np.asarray([theme for _, theme in pairs]),
        groups=np.full(len(pairs), MEANING),
    )

"""The labelled training messages a model keeps: to show the nearest ones, and to tell what is new."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from service.classify.centring import Centring
from service.classify.encoder import Vectors
from service.classify.neighbours import Labelled, Neighbours, familiar
from service.taxonomy import NO_THEME
from service.text import redact
from training.corpus.load import Corpus
from training.settings import TrainingSettings

CHUNK = 256
"""Rows whose similarities to all others are held at once."""


def keep_neighbours(
    corpus: Corpus,
    vectors: Vectors,
    rows: NDArray[np.intp],
    *,
    centring: Centring,
    settings: TrainingSettings,
) -> Neighbours | None:
    """Of these training rows those with a theme, redacted, a random share where they are too many.

    None where there are fewer than two groups of them. `vectors`: of all the corpus's texts."""
    themes = [record.labels.get("theme") for record in corpus.records]
    labelled = [row for row in corpus.labelled("theme", rows) if themes[row] != NO_THEME]
    draw = np.random.default_rng(settings.seed)
    if len(labelled) > settings.most_neighbours:
        labelled = sorted(draw.choice(labelled, settings.most_neighbours, replace=False).tolist())
    kept = np.asarray(labelled, dtype=np.intp)
    groups = corpus.groups[kept]
    if len(np.unique(groups)) < 2:
        return None
    centred = centring.apply(vectors[kept], [corpus.detected[row] for row in kept])
    judges = np.flatnonzero(~corpus.seen[kept])
    if len(judges) < settings.fewest_unseen:
        judges = np.arange(len(kept))
    judges = draw.permutation(judges)[: settings.most_judges]
    shown = [_shown(corpus, row) for row in kept.tolist()]
    return Neighbours(shown, centred.astype(np.float16), centring, _familiarity(centred, groups, judges))


def _familiarity(centred: Vectors, groups: NDArray[np.intp], judges: NDArray[np.intp]) -> NDArray[np.float64]:
    """How near each judge lies to the rows of other groups: a near-copy would make it look familiar."""
    found = []
    for start in range(0, len(judges), CHUNK):
        part = judges[start : start + CHUNK]
        similarities = (centred[part] @ centred.T).astype(np.float64)
        for judge, row in zip(part, similarities, strict=True):
            found.append(familiar(row[groups != groups[judge]]))
    return np.asarray(found)


def _shown(corpus: Corpus, row: int) -> Labelled:
    record = corpus.records[row]
    known = [name for name in (record.external_id, record.customer_id) if name]
    language = corpus.languages[row]
    text = redact(record.text, language=language, known=known).text
    return Labelled(text, record.labels["theme"], language)

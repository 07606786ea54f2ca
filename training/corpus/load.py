"""Files of complaints to a corpus: rows read, checked against the taxonomy, grouped and split."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.classify.files import sha256_file
from service.errors import TooFewRows
from service.records import TASKS, BadRow, Checked, Record, check_rows, data_files, read_rows
from service.taxonomy import NO_THEME, Owner, Taxonomy, Theme
from service.text import body, detect_language, normalise
from training.corpus.duplicates import duplicate_groups
from training.corpus.split import Split, split_rows
from training.encoders.adapter import text_hashes
from training.heads.fit import SEEN
from training.settings import TrainingSettings

FEWEST_KNOWN = 0.5
"""Where a smaller share of the rows with a theme carry one of the taxonomy, the file's themes are its own."""


@dataclass(frozen=True)
class Corpus:
    """Checked rows with what training adds to each: normalised text, language, group, part of the split."""

    records: tuple[Record, ...]
    bad_rows: tuple[BadRow, ...]
    texts: tuple[str, ...]
    languages: tuple[str, ...]
    """As the file says, else as detected: for the figures by language."""
    detected: tuple[str, ...]
    """As detected, which is all the service will know: for everything that is learned."""
    groups: NDArray[np.intp]
    seen: NDArray[np.bool_]
    """Rows the encoder was fine-tuned on, or on a near-duplicate of: their vectors flatter a head."""
    split: Split
    files: Mapping[str, str]
    """SHA-256 of every file read, by its name."""

    def tasks(self) -> list[str]:
        """The tasks any row has a label for."""
        return [task for task in TASKS if any(task in record.labels for record in self.records)]

    def labelled(self, task: str, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of the rows that have a label for the task."""
        return np.asarray([row for row in rows if task in self.records[row].labels], dtype=np.intp)

    def labels(self, task: str, rows: NDArray[np.intp]) -> NDArray[np.str_]:
        """The task's labels of these rows, all of which have one."""
        return np.asarray([self.records[row].labels[task] for row in rows], dtype=np.str_)

    def example_groups(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """The groups of these rows as a head takes them: `SEEN` for what the encoder was fine-tuned on."""
        return np.where(self.seen[rows], SEEN, self.groups[rows])

    def time_window(self) -> dict[str, str] | None:
        """The first and last date of a row, ISO 8601; None where no row is dated."""
        dates = [record.received_at for record in self.records if record.received_at is not None]
        return {"first": min(dates).isoformat(), "last": max(dates).isoformat()} if dates else None

    def having_seen(self, seen: Set[int]) -> Corpus:
        """The same corpus where the encoder was fine-tuned on the texts with these hashes."""
        return replace(self, seen=_seen(self.texts, self.groups, seen))

    def sha256(self) -> str:
        """The hash of the files' contents, in name order."""
        return hashlib.sha256("".join(self.files[name] for name in sorted(self.files)).encode()).hexdigest()


def load_corpus(
    path: Path,
    *,
    taxonomy: Taxonomy,
    columns: Mapping[str, str],
    encoding: str | None,
    settings: TrainingSettings,
    seen: Set[int] = frozenset(),
    reasons: Collection[str] | None = None,
) -> tuple[Corpus, Taxonomy]:
    """The corpus in a file or directory, and the taxonomy its labels belong to.

    That is the given taxonomy where at least half of the rows with a theme carry one of its themes; a row
    with another theme is then a bad row. With fewer than half, the file brings its own themes, and a taxonomy
    is derived from them: one category that happens to be called "billing" makes the rest no mistakes. An
    unknown owner joins the roster. `seen`: `text_hashes` of what the encoder was fine-tuned on. `reasons`:
    the urgency policy's; None takes any. Raises: FileRejected, ColumnMissing, TooFewRows."""
    raw = list(read_rows(path, columns=columns, encoding=encoding))
    allowed: dict[str, Any] = {
        task: labels for task, labels in taxonomy.labels().items() if task not in {"theme", "owner"}
    }
    if reasons is not None:
        allowed["reasons"] = reasons
    checked = check_rows(raw, allowed=allowed)
    if themes := _themes(checked):
        with_known_themes = check_rows(raw, allowed=allowed | {"theme": taxonomy.labels()["theme"]})
        if len(_themes(with_known_themes)) < len(themes) * FEWEST_KNOWN:
            taxonomy = derived_taxonomy(sorted(set(themes)), base=taxonomy)
        else:
            checked = with_known_themes
    if len(checked.records) < settings.minimum_rows_per_task:
        first = (
            f" The first bad row: line {checked.bad_rows[0].line}: {checked.bad_rows[0].reason}"
            if checked.bad_rows
            else ""
        )
        raise TooFewRows(
            f"{path} has {len(checked.records)} usable rows and {len(checked.bad_rows)} bad ones; "
            f"training needs {settings.minimum_rows_per_task}.{first}"
        )
    owners = sorted({record.labels["owner"] for record in checked.records if "owner" in record.labels})
    files = {file.name: sha256_file(file) for file in data_files(path)}
    corpus = _corpus(checked.records, checked.bad_rows, files, settings, seen)
    return corpus, with_owners(taxonomy, owners)


def _themes(checked: Checked) -> list[str]:
    """The themes the rows name, row by row; that none fits is no theme."""
    themes = [record.labels.get("theme") for record in checked.records]
    return [theme for theme in themes if theme is not None and theme != NO_THEME]


def _corpus(
    records: Sequence[Record],
    bad_rows: Sequence[BadRow],
    files: Mapping[str, str],
    settings: TrainingSettings,
    seen: Set[int],
) -> Corpus:
    bodies = [body(record.text).text for record in records]
    groups = duplicate_groups(
        bodies,
        similarity=settings.duplicate_similarity,
        given=[record.group for record in records],
    )
    texts = tuple(normalise(text) for text in bodies)
    known = _seen(texts, groups, seen)
    split = split_rows(
        given=[record.split for record in records],
        dates=[record.received_at for record in records],
        groups=groups,
        test_share=settings.test_share,
        seed=settings.seed,
        seen=known,
    )
    detected = tuple(detect_language(text).code for text in bodies)
    return Corpus(
        records=tuple(records),
        bad_rows=tuple(bad_rows),
        texts=texts,
        languages=tuple(record.language or code for record, code in zip(records, detected, strict=True)),
        detected=detected,
        groups=groups,
        seen=known,
        split=split,
        files=files,
    )


def _seen(texts: Sequence[str], groups: NDArray[np.intp], seen: Set[int]) -> NDArray[np.bool_]:
    """Which texts are among the hashed ones, or in a group with one that is."""
    known = np.asarray([text in seen for text in text_hashes(texts)], dtype=bool)
    return np.isin(groups, groups[known])


def derived_taxonomy(themes: Sequence[str], *, base: Taxonomy) -> Taxonomy:
    """A flat taxonomy of these labels, all owned by the default owner; everything else is the base's.

    Of its routes only those that name no theme: the themes the others ask for are not in it."""
    entries = tuple(
        Theme(id=theme, name={"en": theme.replace("_", " ").strip().capitalize()}) for theme in themes
    )
    routes = tuple(route for route in base.routes if not route.when.theme)
    return base.replaced(themes=entries, routes=routes)


def with_owners(taxonomy: Taxonomy, owners: Sequence[str]) -> Taxonomy:
    """The taxonomy with these owners on its roster too."""
    new = {owner: Owner(name=owner) for owner in owners if owner not in taxonomy.owners}
    return taxonomy.replaced(owners={**taxonomy.owners, **new}) if new else taxonomy

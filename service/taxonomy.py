"""The taxonomy: which labels there are, what they are called, who owns them, how soon they want an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from service.errors import TaxonomyRejected, UnknownLabel

DEFAULT_CHANNEL = "default"
NO_THEME_NAME = "No theme"

Id = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Owner(_Part):
    """A team on the roster."""

    name: str


class Urgency(_Part):
    """A level of urgency and the written guide a person would apply."""

    guide: str


class Channel(_Part):
    """A way complaints arrive, and how many minutes it leaves for a first answer."""

    respond_within_minutes: int = Field(gt=0)


class Theme(_Part):
    """An entry of the tree; one with a parent is a sub-theme."""

    id: Id
    name: Mapping[str, str]
    owner: str | None = None
    definition: str = ""
    belongs: tuple[str, ...] = ()
    excludes: Mapping[str, str] = Field(default_factory=dict, alias="not")
    respond_within_hours: float | None = Field(None, gt=0)
    breaks: Literal["reliability", "convenience", "courtesy", "result"] | None = None
    themes: tuple[Theme, ...] = ()


class Taxonomy(_Part):
    """The whole of it. Made by `read_taxonomy`, which also checks what one field cannot know of another."""

    version: int = Field(ge=1)
    languages: tuple[str, ...]
    default_owner: str
    owners: Mapping[str, Owner]
    kinds: tuple[str, ...]
    sentiments: tuple[str, ...]
    urgencies: Mapping[str, Urgency]
    channels: Mapping[str, Channel]
    themes: tuple[Theme, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Theme]:
        """Every theme and sub-theme by its id, in the file's order."""
        return {theme.id: theme for theme, _ in self._walk()}

    @cached_property
    def parents(self) -> Mapping[str, str | None]:
        """The parent's id of every theme; None for a top-level one."""
        return {theme.id: parent.id if parent else None for theme, parent in self._walk()}

    def _walk(self) -> Iterator[tuple[Theme, Theme | None]]:
        for theme in self.themes:
            yield theme, None
            for child in theme.themes:
                yield child, theme

    def parent(self, theme_id: str) -> str | None:
        """The parent's id; None for a top-level theme and for one this taxonomy does not know."""
        return self.parents.get(theme_id)

    def level(self, theme_id: str) -> int:
        """1 for a theme, 2 for a sub-theme."""
        return 1 if self.parent(theme_id) is None else 2

    def name(self, theme_id: str | None, language: str = "en") -> str:
        """The theme's name in the language, else in English, else whatever there is, else its id."""
        if theme_id is None:
            return NO_THEME_NAME
        theme = self.by_id.get(theme_id)
        if theme is None or not theme.name:
            return theme_id
        return theme.name.get(language) or theme.name.get("en") or next(iter(theme.name.values()))

    def owner(self, theme_id: str | None) -> str:
        """The team that acts on a theme: its own, else its parent's, else the default owner."""
        theme = self.by_id.get(theme_id) if theme_id is not None else None
        if theme is None:
            return self.default_owner
        return theme.owner or self.owner(self.parent(theme.id))

    def owner_name(self, owner_id: str) -> str:
        """The team's name, else its id."""
        return self.owners[owner_id].name if owner_id in self.owners else owner_id

    def respond_within(self, channel: str, theme_id: str | None = None) -> timedelta:
        """How long a first answer may take: the channel's clock or the theme's, whichever ends first."""
        clock = self.channels.get(channel, self.channels[DEFAULT_CHANNEL])
        allowed = timedelta(minutes=clock.respond_within_minutes)
        theme = self.by_id.get(theme_id) if theme_id is not None else None
        if theme is not None and theme.respond_within_hours is not None:
            allowed = min(allowed, timedelta(hours=theme.respond_within_hours))
        return allowed

    def check_channel(self, channel: str) -> None:
        """Returns when the channel is known. Raises: UnknownLabel."""
        if channel not in self.channels:
            raise UnknownLabel(
                f"Channel {channel[:40]!r} is not in the taxonomy. "
                f"Known: {', '.join(self.channels)}. Send one of them, or add it to taxonomy.yaml."
            )

    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """The label ids each task may take, most urgent first for urgency."""
        return {
            "theme": tuple(self.by_id),
            "kind": self.kinds,
            "sentiment": self.sentiments,
            "urgency": tuple(self.urgencies),
            "owner": tuple(self.owners),
        }

    def replaced(self, **changes: Any) -> Taxonomy:
        """This taxonomy with some fields changed. (`model_copy` would keep the lookups of the old one.)"""
        return Taxonomy.model_validate(
            {name: getattr(self, name) for name in Taxonomy.model_fields} | changes
        )

    def to_yaml(self) -> str:
        """The taxonomy as `read_taxonomy` reads it."""
        fields = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=110)


def read_taxonomy(path: Path) -> Taxonomy:
    """The taxonomy in a YAML file. Raises: TaxonomyRejected, naming the entry and the next step."""
    try:
        fields = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise TaxonomyRejected(
            f"There is no taxonomy at {path}. Restore it, or name one with --taxonomy."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TaxonomyRejected(f"{path} is not YAML in UTF-8: {error}. Correct that place.") from error
    try:
        taxonomy = Taxonomy.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise TaxonomyRejected(f"{path}: {place}: {first['msg']}. Correct that entry.") from error
    for problem in _problems(taxonomy):
        raise TaxonomyRejected(f"{path}: {problem}")
    return taxonomy


def _problems(taxonomy: Taxonomy) -> Iterator[str]:
    roster = taxonomy.owners
    if taxonomy.default_owner not in roster:
        yield f"default_owner {taxonomy.default_owner!r} is not among the owners. Add it there."
    if DEFAULT_CHANNEL not in taxonomy.channels:
        yield "channels has no entry named default. Add one: it is the clock of a message without a channel."
    seen: set[str] = set()
    for theme, parent in taxonomy._walk():
        if theme.id in seen:
            yield f"theme {theme.id!r} appears twice. Ids are unique: rename one."
        seen.add(theme.id)
        if theme.owner is not None and theme.owner not in roster:
            yield f"theme {theme.id!r} has the owner {theme.owner!r}, not among the owners. Add it there."
        if parent is not None and theme.themes:
            yield f"sub-theme {theme.id!r} has sub-themes of its own. There are two levels."
        if unnamed := set(theme.name) - set(taxonomy.languages):
            yield f"theme {theme.id!r} has a name in {sorted(unnamed)}, not among the languages. Add it."
    for theme, _ in taxonomy._walk():
        if strangers := set(theme.excludes.values()) - seen:
            yield f"theme {theme.id!r} points under `not` at {sorted(strangers)}, no theme. Correct the id."

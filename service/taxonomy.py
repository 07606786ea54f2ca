"""The taxonomy: which labels there are, what they are called, who owns them, how soon they want an answer."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from service.errors import TaxonomyRejected, UnknownLabel

DEFAULT_CHANNEL = "default"
NO_THEME = "none"
"""The label of a message no theme fits. It can be learned like a theme's, and never comes out as one."""
NO_THEME_NAME = "No theme"

Id = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Owner(_Part):
    """A team on the roster."""

    name: str


class Value(_Part):
    """A kind, a sentiment or a level of urgency, with the written guide a person would apply."""

    guide: str = ""


def _unguided(values: Any) -> Any:
    """A bare list of ids is allowed: values without guides."""
    return {value: {} for value in values} if isinstance(values, list) else values


Values = Annotated[Mapping[str, Value], BeforeValidator(_unguided)]


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


def _listed(values: Any) -> Any:
    """One value stands for a list of one. YAML reads an unquoted `no` or `42` as something else than text."""
    listed = values if isinstance(values, list | tuple) else [values]
    if odd := [value for value in listed if not isinstance(value, str)]:
        raise ValueError(f"{odd[0]!r} is not text: put it between double quotes, or leave it out")
    return listed


Texts = Annotated[
    tuple[Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)], ...],
    BeforeValidator(_listed),
    Field(min_length=1),
]
LANGUAGE_CODE = re.compile(r"[A-Za-z]{2,3}")


def folded(text: str) -> str:
    """The text as routes compare it: composed, without the white space around it, in lower case.

    >>> folded(" São Paulo ") == folded("sa\u0303o paulo")
    True
    """
    return unicodedata.normalize("NFC", text).strip().casefold()


class When(_Part):
    """What a route asks of a message: every condition that is given must hold, by any one of its values."""

    theme: Texts = ()
    """Themes and sub-themes; a theme stands for its sub-themes too."""
    product: Texts = ()
    region: Texts = ()
    language: Texts = ()
    channel: Texts = ()
    kind: Texts = ()
    urgency: Texts = ()

    @cached_property
    def conditions(self) -> Mapping[str, frozenset[str]]:
        """The folded values of every condition that is given, by its name."""
        given = {name: getattr(self, name) for name in When.model_fields}
        return {name: frozenset(map(folded, values)) for name, values in given.items() if values}

    def met_by(self, facts: Mapping[str, Collection[str]]) -> bool:
        """Whether every condition names one of the facts under its name. `facts`: folded, by condition."""
        return all(not values.isdisjoint(facts.get(name, ())) for name, values in self.conditions.items())


class Route(_Part):
    """An operator's rule: messages that meet `when` go to `owner`, whatever else would name one."""

    id: Annotated[str, StringConstraints(max_length=60, strip_whitespace=True, pattern=r"^[\w.\-]+$")]
    when: When = When()
    owner: str


class Action(_Part):
    """Something that may be done with a label, and how often the label must be right for it."""

    precision: float = Field(gt=0, lt=1)


class Actions(_Part):
    """What may be done with a label, least strict first, and from which precision on: shown to a person,
    filled in for a person to see, acted on unattended."""

    suggest: Action = Action(precision=0.7)
    preselect: Action = Action(precision=0.85)
    auto: Action = Action(precision=0.95)


ACTIONS = tuple(Actions.model_fields)


class Taxonomy(_Part):
    """The whole of it. Made by `read_taxonomy`, which also checks what one field cannot know of another."""

    version: int = Field(ge=1)
    languages: tuple[str, ...]
    default_owner: str
    owners: Mapping[str, Owner]
    routes: tuple[Route, ...] = ()
    """In the order they are tried: the first that matches a message names its owner."""
    kinds: Values
    sentiments: Values
    urgencies: Values
    channels: Mapping[str, Channel]
    actions: Actions = Actions()
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

    def lineage(self, theme_id: str | None) -> tuple[str, ...]:
        """The theme and the one above it; nothing for a theme this taxonomy does not know."""
        if theme_id is None or theme_id not in self.parents:
            return ()
        return (theme_id, *self.lineage(self.parent(theme_id)))

    def theme_owner(self, theme_id: str | None) -> str | None:
        """The team the theme names, or the one above it; None where neither names one."""
        owners = (self.by_id[one].owner for one in self.lineage(theme_id))
        return next((owner for owner in owners if owner is not None), None)

    def owner(self, theme_id: str | None) -> str:
        """The team that acts on a theme: its own, else its parent's, else the default owner."""
        return self.theme_owner(theme_id) or self.default_owner

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

    @property
    def precisions(self) -> Mapping[str, float]:
        """How often a label must be right, by action, least strict first."""
        return {name: getattr(self.actions, name).precision for name in ACTIONS}

    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """The label ids each task may take, most urgent first for urgency; a theme may also be `NO_THEME`."""
        return {
            "theme": (*self.by_id, NO_THEME),
            "kind": tuple(self.kinds),
            "sentiment": tuple(self.sentiments),
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
    ladder = list(taxonomy.precisions.items())
    for (name, precision), (stricter, higher) in pairwise(ladder):
        if higher <= precision:
            yield (
                f"actions: {stricter} asks for a precision of {higher}, not more than {name} ({precision}). "
                f"Raise {stricter}: {' < '.join(ACTIONS)}."
            )
    if taxonomy.default_owner not in roster:
        yield f"default_owner {taxonomy.default_owner!r} is not among the owners. Add it there."
    if DEFAULT_CHANNEL not in taxonomy.channels:
        yield "channels has no entry named default. Add one: it is the clock of a message without a channel."
    seen: set[str] = set()
    for theme, parent in taxonomy._walk():
        if theme.id == NO_THEME:
            yield f"theme {NO_THEME!r} stands for messages no theme fits. Rename it."
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
    yield from _route_problems(taxonomy)


def _route_problems(taxonomy: Taxonomy) -> Iterator[str]:
    known: Mapping[str, Collection[str]] = {
        "theme": taxonomy.by_id,
        "channel": taxonomy.channels,
        "kind": taxonomy.kinds,
        "urgency": taxonomy.urgencies,
    }
    seen: set[str] = set()
    for route in taxonomy.routes:
        if folded(route.id) in seen:
            yield f"route {route.id!r} appears twice. Ids are unique: rename one."
        seen.add(folded(route.id))
        if route.owner not in taxonomy.owners:
            yield f"route {route.id!r} has the owner {route.owner!r}, not among the owners. Add it there."
        if not route.when.conditions:
            yield (
                f"route {route.id!r} has no condition under `when` and would take every message to "
                f"{route.owner!r}. Give it one, or make that team the default_owner."
            )
        for name, ids in known.items():
            for value in getattr(route.when, name):
                if folded(value) not in map(folded, ids):
                    yield f"route {route.id!r} asks for the {name} {value!r}, {_not_among(ids, value)}"
        for value in route.when.language:
            if not LANGUAGE_CODE.fullmatch(value):
                yield (
                    f"route {route.id!r} asks for the language {value!r}, no ISO 639-1 code. "
                    "Write the code alone, such as te."
                )
    for number, route in enumerate(taxonomy.routes):
        for earlier in taxonomy.routes[:number]:
            if _takes_all_of(earlier, route, taxonomy):
                yield (
                    f"route {route.id!r} can never be reached: {earlier.id!r} comes before it and takes "
                    "every message it asks for. Move it up, or take one of them out."
                )


def _not_among(ids: Collection[str], value: str) -> str:
    near = difflib.get_close_matches(folded(value), list(ids), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join([*ids][:12])}."
    return f"which is not in the taxonomy. {hint} Correct it, or add it there."


def _takes_all_of(earlier: Route, later: Route, taxonomy: Taxonomy) -> bool:
    """Whether every message the later route asks for meets the earlier one's conditions too."""
    lineages = {folded(theme): {*map(folded, taxonomy.lineage(theme))} for theme in taxonomy.by_id}
    asked = {
        name: [lineages.get(value, {value}) if name == "theme" else {value} for value in values]
        for name, values in later.when.conditions.items()
    }
    return all(
        name in asked and not any(values.isdisjoint(facts) for facts in asked[name])
        for name, values in earlier.when.conditions.items()
    )

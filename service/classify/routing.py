"""Which team must act: an operator's route first, then what was learned, then the theme's own owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.taxonomy import Route, Taxonomy, folded


@dataclass(frozen=True, slots=True)
class Facts:
    """What a route may ask of a classified message; what is not known meets no condition."""

    themes: tuple[str, ...] = ()
    """The theme and the one above it, as `Taxonomy.lineage` gives them."""
    product: str | None = None
    region: str | None = None
    language: str | None = None
    channel: str | None = None
    kind: str | None = None
    urgency: str | None = None

    def folded(self) -> Mapping[str, frozenset[str]]:
        """What is known, by the name of the condition that may ask for it, as `When.met_by` compares it."""
        names = ("product", "region", "language", "channel", "kind", "urgency")
        known = {name: frozenset({folded(value)}) for name in names if (value := getattr(self, name))}
        return {"theme": frozenset(map(folded, self.themes)), **known}


@dataclass(frozen=True, slots=True)
class Assigned:
    """The team that must act, and what named it: `route:<id>`, `history`, `theme` or `default`."""

    owner: str
    via: str


def route(facts: Facts, routes: Sequence[Route]) -> Route | None:
    """The first of the routes all of whose conditions the facts meet; None where they meet no route's."""
    if not routes:
        return None
    known = facts.folded()
    return next((one for one in routes if one.when.met_by(known)), None)


def assign(facts: Facts, taxonomy: Taxonomy, *, learned: str | None = None) -> Assigned:
    """The team that must act. `learned`: the owner a head fitted on history gives, where there is one.

    A route goes before everything, for it is an operator's rule; what was learned goes before the theme."""
    matched = route(facts, taxonomy.routes)
    if matched is not None:
        return Assigned(matched.owner, f"route:{matched.id}")
    if learned is not None:
        return Assigned(learned, "history")
    of_theme = taxonomy.theme_owner(facts.themes[0]) if facts.themes else None
    if of_theme is not None:
        return Assigned(of_theme, "theme")
    return Assigned(taxonomy.default_owner, "default")

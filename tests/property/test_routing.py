"""Laws of routes, whatever they ask for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.classify.routing import Assigned, Facts, assign, route
from service.taxonomy import Channel, Owner, Route, Taxonomy, Theme, Value, When

PARENTS = {"a": None, "a.x": "a", "a.y": "a", "b": None, "b.x": "b"}
WORDS = ("North", " north", "SOUTH", "te", "Te ", "ne")
OWNERS = ("desk", "night", "day")
NAMES = ("product", "region", "language", "channel", "kind", "urgency")

themes = st.lists(st.sampled_from(sorted(PARENTS)), min_size=1, max_size=2, unique=True)
values = st.lists(st.sampled_from(WORDS), min_size=1, max_size=2, unique=True)
whens = st.fixed_dictionaries({}, optional={"theme": themes, **dict.fromkeys(NAMES, values)})
lists = st.lists(st.tuples(whens, st.sampled_from(OWNERS)), max_size=6).map(
    lambda made: [
        Route(id=f"r{number}", when=When.model_validate(when), owner=owner)
        for number, (when, owner) in enumerate(made)
    ]
)
facts = st.builds(
    Facts,
    themes=st.sampled_from(
        [(), *((theme, parent) if parent else (theme,) for theme, parent in PARENTS.items())]
    ),
    **dict.fromkeys(NAMES, st.none() | st.sampled_from(WORDS)),
)


def meets(said: Facts, when: When) -> bool:
    """What a route means, said once more and more plainly."""
    for name in When.model_fields:
        asked = [value.strip().lower() for value in getattr(when, name)]
        known = said.themes if name == "theme" else (getattr(said, name),)
        if asked and not any(value.strip().lower() in asked for value in known if value is not None):
            return False
    return True


@given(facts, lists)
def test_the_first_matching_route_wins(said: Facts, routes: list[Route]) -> None:
    assert route(said, routes) == next((one for one in routes if meets(said, one.when)), None)


@given(facts, lists, lists)
def test_a_route_added_at_the_end_never_changes_what_an_earlier_one_decided(
    said: Facts, routes: list[Route], more: list[Route]
) -> None:
    decided = route(said, routes)
    assert route(said, [*routes, *more]) == (route(said, more) if decided is None else decided)


@given(facts, lists, st.none() | st.sampled_from(OWNERS))
def test_only_owners_on_the_roster_come_out(said: Facts, routes: list[Route], learned: str | None) -> None:
    taxonomy = Taxonomy(
        version=1,
        languages=("en",),
        default_owner="desk",
        owners={owner: Owner(name=owner) for owner in OWNERS},
        routes=tuple(routes),
        kinds={"complaint": Value()},
        sentiments={},
        urgencies={},
        channels={"default": Channel(respond_within_minutes=60)},
        themes=(Theme(id="a", name={}, owner="day", themes=(Theme(id="a.x", name={}),)),),
    )
    assigned = assign(said, taxonomy, learned=learned)
    assert assigned.owner in taxonomy.owners
    matched = route(said, routes)
    assert assigned == Assigned(matched.owner, f"route:{matched.id}") if matched else ":" not in assigned.via

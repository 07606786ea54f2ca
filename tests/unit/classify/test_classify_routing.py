from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes import OUTAGE, TEXTS, TWICE, message, tiny_model
from sklearn.dummy import DummyClassifier

from service.classify.heads import Head, Member
from service.classify.pipeline import Classifier
from service.classify.routing import Assigned, Facts, assign, route
from service.taxonomy import Route
from service.values import Classification, Message

FACTS = Facts(
    themes=("billing.double_charge", "billing"),
    product="Fibre 100",
    region="São Paulo",
    language="te",
    channel="email",
    kind="complaint",
    urgency="high",
)


def routed(owner: str = "safety", name: str = "mine", **when: Any) -> Route:
    return Route.model_validate({"id": name, "when": when, "owner": owner})


@pytest.mark.parametrize(
    "when",
    [
        {"theme": "billing.double_charge"},
        {"theme": "billing"},
        {"theme": ["delivery", " BILLING "]},
        {"product": "  fibre 100"},
        {"region": "SA\u0303O PAULO"},
        {"language": ["en", "TE"]},
        {"channel": "Email"},
        {"kind": "complaint", "urgency": ["critical", "high"], "theme": "billing", "language": "te"},
    ],
)
def test_a_route_matches_where_each_condition_names_one_of_the_facts(when: dict[str, Any]) -> None:
    mine = routed(**when)
    assert route(FACTS, [mine]) is mine


@pytest.mark.parametrize(
    "when",
    [
        {"theme": "billing.wrong_amount"},
        {"theme": ["delivery", "billing_"]},
        {"product": "Fibre"},
        {"language": "ne"},
        {"theme": "billing", "urgency": "low"},
        {"channel": "email", "region": ["North", "South"]},
    ],
)
def test_a_route_does_not_match_where_one_condition_fails(when: dict[str, Any]) -> None:
    assert route(FACTS, [routed(**when)]) is None


def test_a_sub_theme_does_not_stand_for_its_parent() -> None:
    assert route(Facts(themes=("billing",)), [routed(theme="billing.double_charge")]) is None


@pytest.mark.parametrize("name", ["theme", "product", "region", "language", "channel", "kind", "urgency"])
def test_what_is_not_known_meets_no_condition(name: str) -> None:
    assert route(Facts(), [routed(**{name: ["te", "none", "None"]})]) is None


def test_without_routes_none_matches() -> None:
    assert route(FACTS, []) is None


@pytest.mark.parametrize(
    ("learned", "themes", "assigned"),
    [
        ("fraud", ("billing.double_charge", "billing"), Assigned("fraud", "history")),
        (None, ("billing.double_charge", "billing"), Assigned("billing", "theme")),
        (None, ("digital.login", "digital"), Assigned("digital", "theme")),
        (None, (), Assigned("front_desk", "default")),
        ("fraud", (), Assigned("fraud", "history")),
    ],
)
def test_a_route_goes_before_what_was_learned_and_that_before_the_theme(
    learned: str | None, themes: tuple[str, ...], assigned: Assigned
) -> None:
    taxonomy = tiny_model().taxonomy
    facts = replace(FACTS, themes=themes)
    assert assign(facts, taxonomy, learned=learned) == assigned
    ruled = taxonomy.replaced(routes=(routed("safety", "not_this", language="ne"), routed(language="te")))
    assert assign(facts, ruled, learned=learned) == Assigned("safety", "route:mine")


def test_a_theme_nobody_owns_falls_to_the_default_owner_and_says_so() -> None:
    theme = tiny_model().taxonomy.themes[0].model_copy(update={"owner": None, "themes": ()})
    taxonomy = tiny_model().taxonomy.replaced(themes=(theme,))
    assert assign(Facts(themes=taxonomy.lineage("billing")), taxonomy) == Assigned("front_desk", "default")


# ---- in the pipeline


def said_with(routes: list[Route], sent: Message, *, hint: str | None = None) -> Classification:
    model = tiny_model()
    model = replace(model, taxonomy=model.taxonomy.replaced(routes=tuple(routes)))
    (said,) = Classifier(model).classify([sent], hints=[hint])
    return said


@pytest.mark.parametrize(
    ("when", "owner", "via"),
    [
        ({"theme": "billing"}, "safety", "route:mine"),
        ({"product": "gold", "region": "NORTH", "channel": "social"}, "safety", "route:mine"),
        ({"language": "te", "kind": "complaint", "urgency": "high"}, "safety", "route:mine"),
        ({"language": "en"}, "billing", "theme"),
        ({"urgency": "critical"}, "billing", "theme"),
        ({"product": "silver"}, "billing", "theme"),
    ],
)
def test_a_message_goes_where_its_route_says(when: dict[str, Any], owner: str, via: str) -> None:
    sent = message(TEXTS[TWICE]["te"][0], product="Gold", region="north", channel="social")
    said = said_with([routed(**when)], sent)
    assert (said.owner, said.owner_via) == (owner, via)


def test_the_likeliest_labels_are_those_a_route_asks_for() -> None:
    rule = routed(kind="complaint", urgency="critical")
    outage, twice = (said_with([rule], message(TEXTS[theme]["en"][0])) for theme in (OUTAGE, TWICE))
    assert (outage.owner_via, twice.owner_via) == ("route:mine", "theme")


def test_a_known_language_is_the_one_routes_see() -> None:
    sent = message(TEXTS[TWICE]["ne"][0])
    assert said_with([routed(language="mr")], sent, hint="mr").owner_via == "route:mine"
    assert said_with([routed(language="mr")], sent).owner_via == "theme"


def test_a_route_goes_before_a_fitted_head() -> None:
    model = tiny_model()
    estimator = DummyClassifier(strategy="prior").fit([[0.0]], ["fraud"])
    fitted = Head(
        "owner", ("fraud",), (Member("one", "vectors", estimator, 1.0),), model.heads["theme"].centring
    )
    taxonomy = model.taxonomy.replaced(routes=(routed(theme="billing"),))
    ruled = Classifier(replace(model, heads={**model.heads, "owner": fitted}, taxonomy=taxonomy))
    twice, outage = ruled.classify([message(TEXTS[theme]["en"][0]) for theme in (TWICE, OUTAGE)])
    assert (twice.owner, twice.owner_via) == ("safety", "route:mine")
    assert (outage.owner, outage.owner_via) == ("fraud", "history")

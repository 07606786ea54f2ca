"""What a taxonomy's routes may say, what is refused and in which words, and how an answer names them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes import DATA, serving

from service.api.app import create_app
from service.classify.model import Model
from service.errors import TaxonomyRejected
from service.settings import Settings
from service.store import SqlStore
from service.taxonomy import Taxonomy, read_taxonomy

OWN = DATA / "taxonomy.yaml"


def read_with(directory: Path, *routes: dict[str, Any]) -> Taxonomy:
    """The project's own taxonomy with these routes."""
    path = directory / "taxonomy.yaml"
    fields = yaml.safe_load(OWN.read_text("utf-8")) | {"routes": list(routes)}
    path.write_text(yaml.safe_dump(fields, allow_unicode=True, sort_keys=False), "utf-8")
    return read_taxonomy(path)


def entry(name: str = "mine", owner: str = "safety", **when: Any) -> dict[str, Any]:
    return {"id": name, "when": when, "owner": owner}


@pytest.mark.parametrize(
    ("routes", "told"),
    [
        ([entry(owner="ghost", language="te")], r"route 'mine' has the owner 'ghost'.* Add it there"),
        ([entry(theme="biling")], r"route 'mine' asks for the theme 'biling'.*mean 'billing'\? Correct it"),
        (
            [entry(theme=["billing", "none"])],
            r"'mine' asks for the theme 'none', which is not in the taxonomy",
        ),
        (
            [entry(channel="pigeon")],
            r"'mine' asks for the channel 'pigeon'.*Known: default, email.*Correct it",
        ),
        ([entry(kind="complaints")], r"'mine' asks for the kind 'complaints'.*mean 'complaint'\?"),
        ([entry(urgency=["high", "enormous"])], r"'mine' asks for the urgency 'enormous'.*Known: critical, "),
        ([entry(language="te-IN")], r"'mine' asks for the language 'te-IN'.*Write the code alone"),
        ([entry(language="Telugu")], r"'mine' asks for the language 'Telugu'.*such as te"),
        ([entry()], r"route 'mine' has no condition.*would take every message to 'safety'. Give it one"),
        ([{"id": "mine", "owner": "safety"}], r"route 'mine' has no condition"),
        ([entry(language="te"), entry("Mine", language="ne")], r"route 'Mine' appears twice.*rename one"),
        ([entry(region=False)], r"routes.0.when.region: .*False is not text: put it between double quotes"),
        ([entry(region=["North", 7])], r"routes.0.when.region: .*7 is not text"),
        ([entry(product=[])], r"routes.0.when.product: .*at least 1"),
        ([entry(product=" ")], r"routes.0.when.product.0: .*at least 1"),
        ([entry(colour="red")], r"routes.0.when.colour"),
        ([entry("two words", language="te")], r"routes.0.id"),
        ([entry("", language="te")], r"routes.0.id"),
        ([{"id": "mine", "when": {"language": "te"}}], r"routes.0.owner"),
    ],
)
def test_a_broken_route_is_told_by_its_entry_its_value_and_the_next_step(
    tmp_path: Path, routes: list[dict[str, Any]], told: str
) -> None:
    with pytest.raises(TaxonomyRejected, match=told):
        read_with(tmp_path, *routes)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"language": "te"}, {"language": " TE "}),
        ({"language": "te"}, {"language": "te", "theme": "billing"}),
        ({"language": ["te", "ne"]}, {"language": "ne", "channel": "email"}),
        ({"theme": "billing"}, {"theme": "billing.double_charge"}),
        ({"theme": ["billing", "delivery.late"]}, {"theme": ["billing.wrong_amount", "delivery.late"]}),
        ({"theme": "billing", "urgency": ["high", "critical"]},
         {"theme": "billing.double_charge", "urgency": "critical", "region": "North"}),
    ],
)  # fmt: skip
def test_a_route_that_can_never_be_reached_is_refused(
    tmp_path: Path, earlier: dict[str, Any], later: dict[str, Any]
) -> None:
    other = entry("other", product="gold")
    with pytest.raises(TaxonomyRejected, match=r"route 'late' can never be reached: 'early' .* Move it up"):
        read_with(tmp_path, entry("early", **earlier), other, entry("late", "fraud", **later))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"language": "te"}, {"language": ["te", "ne"]}),
        ({"language": "te", "theme": "billing"}, {"language": "te"}),
        ({"theme": "billing.double_charge"}, {"theme": "billing"}),
        ({"theme": "billing"}, {"theme": ["billing", "delivery"]}),
        ({"theme": "billing"}, {"language": "te"}),
        ({"product": "te"}, {"region": "te"}),
    ],
)
def test_a_route_an_earlier_one_leaves_messages_for_is_kept(
    tmp_path: Path, earlier: dict[str, Any], later: dict[str, Any]
) -> None:
    taxonomy = read_with(tmp_path, entry("early", **earlier), entry("late", **later))
    assert [route.id for route in taxonomy.routes] == ["early", "late"]


def test_routes_are_written_as_they_are_read(tmp_path: Path) -> None:
    taxonomy = read_with(
        tmp_path,
        entry("రీఫండ్", theme=["payment"], language="no", region=" North "),
        entry("rest", "fraud", channel="social"),
    )
    assert taxonomy.routes[0].when.region == ("North",)
    again = tmp_path / "again.yaml"
    again.write_text(taxonomy.to_yaml(), "utf-8")
    assert read_taxonomy(again) == taxonomy


def test_the_example_in_the_projects_own_taxonomy_is_one(tmp_path: Path) -> None:
    """The commented-out block from `# routes:` on, with its hashes taken away."""
    lines = OWN.read_text("utf-8").splitlines()
    start = lines.index("# routes:")
    end = next(number for number in range(start, len(lines)) if not lines[number].startswith("#"))
    path = tmp_path / "taxonomy.yaml"
    lines[start:end] = [line.removeprefix("# ") for line in lines[start:end]]
    path.write_text("\n".join(lines), "utf-8")
    taxonomy = read_taxonomy(path)
    assert len(taxonomy.routes) == end - start - 1 >= 3
    assert {name for route in taxonomy.routes for name in route.when.conditions} == {
        "theme", "product", "region", "language", "channel", "kind", "urgency",
    }  # fmt: skip


def test_an_answer_names_the_route_and_the_store_keeps_it(
    tmp_path: Path, settings: Settings, store: SqlStore, model: Model
) -> None:
    taxonomy = read_with(tmp_path, entry("north", theme="billing", product="gold", region="north"))
    ruled = replace(model, taxonomy=taxonomy)
    text = "I was charged twice for one order"
    with serving(create_app(settings, store, load=lambda _: ruled)) as api:
        routed = api.classify(text, product="Gold ", region="NORTH")
        kept = api.get(f"/complaints/{routed['complaint_id']}").json()["classification"]
        other = api.classify(text, product="Gold")
    assert routed["owner"] == {"id": "safety", "name": "Health and safety", "via": "route:north"}
    assert kept["owner"] == routed["owner"]
    assert "owner__safety" in routed["tags"]
    assert other["owner"]["via"] == "theme"

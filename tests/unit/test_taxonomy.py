from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from fakes import DATA

from service.errors import TaxonomyRejected, UnknownLabel
from service.taxonomy import Taxonomy, read_taxonomy

SMALL: dict[str, Any] = {
    "version": 3,
    "languages": ["en", "te"],
    "default_owner": "desk",
    "owners": {"desk": {"name": "Front desk"}, "billing": {"name": "Billing"}, "grid": {"name": "Grid"}},
    "kinds": ["complaint", "praise"],
    "sentiments": ["negative", "positive"],
    "urgencies": {"high": {"guide": "soon"}, "low": {"guide": "later"}},
    "channels": {"default": {"respond_within_minutes": 1440}, "social": {"respond_within_minutes": 60}},
    "themes": [
        {
            "id": "billing",
            "name": {"en": "Billing", "te": "బిల్లులు"},
            "owner": "billing",
            "themes": [
                {"id": "billing.twice", "name": {"en": "Charged twice"}, "respond_within_hours": 4},
                {
                    "id": "billing.grid",
                    "name": {"te": "గ్రిడ్"},
                    "owner": "grid",
                    "not": {"twice": "billing.twice"},
                },
            ],
        },
        {"id": "other", "name": {"en": "Other"}},
    ],
}


def written(directory: Path, **changes: Any) -> Path:
    path = directory / "taxonomy.yaml"
    path.write_text(yaml.safe_dump(SMALL | changes, allow_unicode=True), "utf-8")
    return path


@pytest.fixture
def small(tmp_path: Path) -> Taxonomy:
    return read_taxonomy(written(tmp_path))


def test_the_projects_own_taxonomy_is_read() -> None:
    taxonomy = read_taxonomy(DATA / "taxonomy.yaml")
    assert len(taxonomy.by_id) == len({*taxonomy.by_id})
    assert all(taxonomy.level(theme) in {1, 2} for theme in taxonomy.by_id)
    assert all(taxonomy.owner(theme) in taxonomy.owners for theme in taxonomy.by_id)
    assert all(set(theme.name) == set(taxonomy.languages) for theme in taxonomy.by_id.values())
    assert list(taxonomy.urgencies) == ["critical", "high", "normal", "low"]


def test_what_is_written_reads_the_same(tmp_path: Path, small: Taxonomy) -> None:
    for taxonomy in (small, read_taxonomy(DATA / "taxonomy.yaml")):
        path = tmp_path / "again.yaml"
        path.write_text(taxonomy.to_yaml(), "utf-8")
        assert read_taxonomy(path) == taxonomy


def test_themes_know_their_place(small: Taxonomy) -> None:
    assert list(small.by_id) == ["billing", "billing.twice", "billing.grid", "other"]
    assert small.parents == {
        "billing": None, "billing.twice": "billing", "billing.grid": "billing", "other": None,
    }  # fmt: skip
    assert [small.level(theme) for theme in small.by_id] == [1, 2, 2, 1]
    assert small.parent("never heard of") is None


@pytest.mark.parametrize(
    ("theme", "language", "name"),
    [
        ("billing", "te", "బిల్లులు"),
        ("billing", "ne", "Billing"),
        ("billing.twice", "te", "Charged twice"),
        ("billing.grid", "en", "గ్రిడ్"),
        ("never heard of", "en", "never heard of"),
        (None, "en", "No theme"),
    ],
)
def test_a_name_falls_back_to_english_then_to_any_then_to_the_id(
    small: Taxonomy, theme: str | None, language: str, name: str
) -> None:
    assert small.name(theme, language) == name


@pytest.mark.parametrize(
    ("theme", "owner"),
    [("billing", "billing"), ("billing.twice", "billing"), ("billing.grid", "grid"), ("other", "desk"),
     ("never heard of", "desk"), (None, "desk")],
)  # fmt: skip
def test_an_owner_is_the_themes_else_its_parents_else_the_default(
    small: Taxonomy, theme: str | None, owner: str
) -> None:
    assert small.owner(theme) == owner


def test_owners_have_names(small: Taxonomy) -> None:
    assert (small.owner_name("grid"), small.owner_name("nobody")) == ("Grid", "nobody")


@pytest.mark.parametrize(
    ("channel", "theme", "hours"),
    [("social", None, 1), ("social", "billing.twice", 1), ("default", "billing.twice", 4),
     ("default", "other", 24), ("never heard of", "billing.twice", 4), ("default", "never heard of", 24)],
)  # fmt: skip
def test_the_clock_that_ends_first_counts(
    small: Taxonomy, channel: str, theme: str | None, hours: int
) -> None:
    assert small.respond_within(channel, theme) == timedelta(hours=hours)


def test_an_unknown_channel_is_told_with_the_known_ones(small: Taxonomy) -> None:
    small.check_channel("social")
    with pytest.raises(UnknownLabel, match=r"'pigeon' is not in the taxonomy.*default, social"):
        small.check_channel("pigeon")


@pytest.mark.parametrize(
    ("actions", "named"),
    [
        ({"preselect": {"precision": 0.95}, "auto": {"precision": 0.9}}, "auto asks for a precision of 0.9"),
        ({"suggest": {"precision": 0.9}}, "preselect asks for a precision of 0.85"),
    ],
)
def test_a_ladder_whose_stricter_action_is_not_stricter_is_refused(
    tmp_path: Path, actions: dict[str, dict[str, float]], named: str
) -> None:
    (tmp_path / "taxonomy.yaml").write_text(yaml.safe_dump(SMALL | {"actions": actions}), "utf-8")
    with pytest.raises(TaxonomyRejected, match=named):
        read_taxonomy(tmp_path / "taxonomy.yaml")


def test_the_usual_ladder_rises(small: Taxonomy) -> None:
    assert list(small.precisions) == ["suggest", "preselect", "auto"]
    assert sorted(small.precisions.values()) == list(small.precisions.values())


def test_the_labels_of_each_task(small: Taxonomy) -> None:
    assert small.labels() == {
        "theme": ("billing", "billing.twice", "billing.grid", "other", "none"),
        "kind": ("complaint", "praise"),
        "sentiment": ("negative", "positive"),
        "urgency": ("high", "low"),
        "owner": ("billing", "desk", "grid"),
    }


def test_a_replaced_taxonomy_looks_up_its_own_themes(small: Taxonomy) -> None:
    assert list(small.by_id)
    assert list(small.replaced(themes=small.themes[1:]).by_id) == ["other"]
    assert len(small.by_id) == 4


def themes(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"themes": [{"name": {"en": "x"}} | entry for entry in entries]}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"default_owner": "ghost"}, "default_owner 'ghost'"),
        ({"channels": {"email": {"respond_within_minutes": 5}}}, "no entry named default"),
        ({"channels": {"default": {"respond_within_minutes": 0}}}, "channels.default.respond_within_minutes"),
        (themes({"id": "a"}, {"id": "a"}), "'a' appears twice"),
        (themes({"id": "a", "themes": [{"id": "a", "name": {"en": "x"}}]}), "'a' appears twice"),
        (themes({"id": "a", "owner": "ghost"}), "'a' has the owner 'ghost'"),
        (themes({"id": "a", "not": {"x": "ghost"}}), "'a' points under `not` at"),
        (themes({"id": "a", "name": {"xx": "x"}}), "'a' has a name in"),
        (themes({"id": "a", "themes": [{"id": "b", "name": {}, "themes": [{"id": "c", "name": {}}]}]}),
         "'b' has sub-themes of its own"),
        (themes({"id": ""}), "themes.0.id"),
        (themes({"id": "a", "colour": "red"}), "themes.0.colour"),
        (themes({"id": "a", "respond_within_hours": -1}), "themes.0.respond_within_hours"),
        (themes({"id": "a", "breaks": "dawn"}), "themes.0.breaks"),
        ({"version": 0}, "version"),
        ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_told_by_its_entry(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(TaxonomyRejected) as caught:
        read_taxonomy(written(tmp_path, **changes))
    assert named in str(caught.value)
    assert "taxonomy.yaml" in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"7", b"a: [", b"\xff\xfe", b"version: !!python/object:os.system {}"]
)
def test_what_is_no_taxonomy_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "taxonomy.yaml"
    path.write_bytes(content)
    with pytest.raises(TaxonomyRejected):
        read_taxonomy(path)


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(TaxonomyRejected, match="There is no taxonomy at"):
        read_taxonomy(tmp_path / "taxonomy.yaml")

"""The README says what is there: its settings, its targets, its paths."""

import re
from pathlib import Path

from fastapi.routing import APIRoute

from service.api.routes import router
from service.settings import PREFIX, TRAINING_ONLY, Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_table_of_settings_lists_every_setting_with_its_default() -> None:
    listed = dict(re.findall(r"^\| `(FIRYAD_\w+)` \| `?([^`|]*?)`? \|", README, flags=re.MULTILINE))
    expected = {PREFIX + name.upper(): str(field.default) for name, field in Settings.model_fields.items()}

    assert set(listed) == set(expected) | TRAINING_ONLY
    assert {name: listed[name] for name in expected} == expected


def test_every_make_target_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", README, flags=re.MULTILINE))

    assert {"serve", "test", "train", "report", "check"} <= named
    assert named <= targets


def test_every_path_of_the_api_is_in_the_readme() -> None:
    listed = {
        (method, path)
        for method, path in re.findall(r"^\| `(GET|POST) (/[^`]*)` \|", README, flags=re.MULTILINE)
    }
    served = {
        (method, route.path.replace("complaint_id", "id"))
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }

    assert listed - {("GET", "/openapi.json")} == served


def test_the_changelog_and_every_folder_have_their_readme() -> None:
    for path in ("CHANGELOG.md", "LICENSE", "data/README.md", "models/README.md"):
        assert (ROOT / path).stat().st_size > 100


def test_no_figure_is_still_to_be_filled_in() -> None:
    for path in ("README.md", "data/README.md", "models/README.md", "CHANGELOG.md"):
        assert "@@" not in (ROOT / path).read_text("utf-8"), path

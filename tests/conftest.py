"""What tests of more than one folder share: the tiny model, an empty store, an app to ask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from fakes import Api, serving, tiny_model

from service.api.app import create_app
from service.classify.model import Model
from service.classify.pipeline import Classifier
from service.intake import Intake
from service.settings import Settings
from service.store import SqlStore, open_store

# No deadline: a busy machine is no fault of the code. In CI the same examples every time.
hypothesis.settings.register_profile("firyad", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("firyad")


@pytest.fixture(autouse=True)
def no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own FIRYAD_ variables change no test."""
    for name in list(os.environ):
        if name.startswith("FIRYAD_"):
            monkeypatch.delenv(name)


@pytest.fixture
def model() -> Model:
    return tiny_model()


@pytest.fixture
def classifier(model: Model) -> Classifier:
    return Classifier(model)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    store = open_store(f"sqlite:///{tmp_path / 'firyad.db'}")
    yield store
    store.close()


@pytest.fixture
def intake(classifier: Classifier, store: SqlStore) -> Intake:
    return Intake(classifier, store)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(models_dir=tmp_path / "models", reports_dir=tmp_path / "reports")


@pytest.fixture
def api(settings: Settings, store: SqlStore, model: Model) -> Iterator[Api]:
    """The whole service with the tiny model."""
    with serving(create_app(settings, store, load=lambda _: model)) as api:
        yield api

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.errors import SettingRejected
from service.settings import Settings, read_settings


def test_without_variables_the_defaults_hold() -> None:
    assert read_settings() == Settings()
    assert (Settings().host, Settings().port, Settings().max_text_characters) == ("127.0.0.1", 8000, 50_000)


def test_a_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRYAD_PORT", "9001")
    monkeypatch.setenv("FIRYAD_MODELS_DIR", "/srv/models")
    settings = read_settings()
    assert (settings.port, settings.models_dir) == (9001, Path("/srv/models"))


def test_what_is_given_goes_before_the_environment_and_none_gives_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FIRYAD_PORT", "9001")
    assert read_settings(port=9002).port == 9002
    assert read_settings(port=None).port == 9001


@pytest.mark.parametrize("name", ["FIRYAD_PROT", "FIRYAD_", "FIRYAD_MODELS"])
def test_an_unknown_variable_is_refused_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(SettingRejected, match=rf"No such setting: {name}\. Known: .*FIRYAD_PORT"):
        read_settings()


@pytest.mark.parametrize("name", ["FIRYAD_ENCODER", "FIRYAD_CACHE_DIR"])
def test_trainings_own_variables_are_let_be(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    assert read_settings() == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("FIRYAD_PORT", "0"), ("FIRYAD_PORT", "http"), ("FIRYAD_QUEUE_SIZE", "0"), ("FIRYAD_MICRO_BATCH", "999"),
     ("FIRYAD_THREADS", "-1"), ("FIRYAD_LOG_LEVEL", "LOUD")],
)  # fmt: skip
def test_a_value_out_of_range_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingRejected, match=f"{name} is '{value}'"):
        read_settings()


@pytest.mark.parametrize("level", ["debug", "WARNING"])
def test_a_log_level_may_be_written_either_way(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    monkeypatch.setenv("FIRYAD_LOG_LEVEL", level)
    assert read_settings().log_level == level.upper()


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []

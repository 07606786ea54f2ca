"""Settings of the service: FIRYAD_* environment variables, read once where the process is wired."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import SettingRejected

PREFIX = "FIRYAD_"
TRAINING_ONLY = {"FIRYAD_ENCODER", "FIRYAD_CACHE_DIR"}
"""Variables that training reads; the service knows them only so as not to refuse them."""


LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(lambda written: str(written).upper())
]


class Settings(BaseSettings):
    """What an operator may set. Every field is the variable FIRYAD_<NAME>."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address the service listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the service listens on.")
    models_dir: Path = Field(Path("models"), description="Directory with the model versions and `current`.")
    data_dir: Path = Field(Path("data"), description="Directory with `taxonomy.yaml` and `starter/`.")
    reports_dir: Path = Field(Path("reports"), description="Directory the weekly reports are written to.")
    database_url: str = Field(
        "sqlite:///firyad.db", description="SQLAlchemy URL of the store; SQLite runs in WAL mode."
    )
    max_text_characters: int = Field(
        50_000, ge=1, description="Longest message text accepted, in characters."
    )
    max_body_bytes: int = Field(
        1_000_000, ge=1_000, description="Largest request body accepted for one message, in bytes."
    )
    max_batch: int = Field(1_000, ge=1, description="Most messages in one batch request.")
    max_batch_bytes: int = Field(
        20_000_000, ge=1_000, description="Largest request body accepted for a batch, in bytes."
    )
    queue_size: int = Field(512, ge=1, description="Messages that may wait for the model; more get 503.")
    micro_batch: int = Field(16, ge=1, le=256, description="Most messages embedded in one call of the model.")
    threads: int = Field(0, ge=0, description="Threads of the encoder; 0 takes every core.")
    log_level: LogLevel = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")


def read_settings(**given: object) -> Settings:
    """The settings of this process: `given` first, then the environment, then the defaults.

    Raises: SettingRejected for a value out of range or a FIRYAD_ variable that does not exist."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | TRAINING_ONLY
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise SettingRejected(
            f"No such setting: {', '.join(unknown)}. Known: {', '.join(sorted(known))}. Correct or unset it."
        )
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingRejected(
            f"{name} is {first['input']!r}: {first['msg']}. Correct or unset it."
        ) from error

"""Structured logs: a JSON line an event on standard error (readable on a terminal), never any complaint."""

from __future__ import annotations

import logging
import sys

import structlog


def configure(level: str) -> None:
    """Sends every log of the process through structlog at this level."""
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Every start would tell of two migrations that were not needed.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # uvicorn's own lines are few and hold no request bodies; its access log would repeat ours.
    logging.basicConfig(
        level=level.upper(), format="%(levelname)s %(name)s %(message)s", stream=sys.stderr, force=True
    )

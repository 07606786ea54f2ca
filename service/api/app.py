"""Wires the service: settings and store in, an ASGI app out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from service.api import errors, pages
from service.api.middleware import RequestFrame
from service.api.routes import router
from service.api.state import ServiceState, load_current
from service.classify.model import Model
from service.settings import Settings
from service.store import ComplaintStore

DESCRIPTION = (
    "Tags each incoming complaint with theme, urgency and owner, in the language it came in. "
    "Every error is an `application/problem+json` (RFC 9457) with a stable `code`."
)


def create_app(
    settings: Settings, store: ComplaintStore, *, load: Callable[[Settings], Model] = load_current
) -> FastAPI:
    """The service as an ASGI app. It loads the model when it starts and closes the store when it ends."""
    state = ServiceState(settings, store, load=load)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(state.load)
        state.batcher.start()
        yield
        await state.batcher.close()
        store.close()

    # FastAPIOffline serves the scripts of /docs itself: no reader's browser is sent to a CDN.
    app: FastAPI = FastAPIOffline(
        title="Firyad", version=version("firyad"), description=DESCRIPTION, lifespan=lifespan, redoc_url=None
    )
    app.state.service = state
    app.include_router(router)
    app.include_router(pages.router)
    errors.install(app)

    def limit_for(path: str) -> int:
        return settings.max_batch_bytes if path == "/classify/batch" else settings.max_body_bytes

    app.add_middleware(RequestFrame, limit_for=limit_for)
    return app

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import replace

import httpx
from fakes import Api, HashedEncoder, serving

from service.api.app import create_app
from service.classify.encoder import Vectors
from service.classify.model import Model
from service.settings import Settings
from service.store import SqlStore


class Gated(HashedEncoder):
    """Encodes once it is let; the self-test's messages pass freely."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

    def encode(self, texts: Sequence[str]) -> Vectors:
        if any(text.startswith("wait") for text in texts):
            self.begun.set()
            assert self.open.wait(10)
        return super().encode(texts)


def test_a_full_queue_is_503_with_retry_after_and_the_others_are_answered(
    settings: Settings, store: SqlStore, model: Model
) -> None:
    encoder = Gated()
    narrow = settings.model_copy(update={"queue_size": 2, "micro_batch": 1})

    async def ask(api: Api, number: int) -> httpx.Response:
        return await api.client.post("/classify", json={"text": f"wait {number}"})

    with serving(create_app(narrow, store, load=lambda _: replace(model, encoder=encoder))) as api:

        async def scene() -> tuple[list[httpx.Response], httpx.Response]:
            first = asyncio.create_task(ask(api, 0))
            await asyncio.to_thread(encoder.begun.wait, 10)
            waiting = [asyncio.create_task(ask(api, number)) for number in (1, 2)]
            while len(api.app.state.service.batcher._waiting) < 2:
                await asyncio.sleep(0.001)
            refused = await ask(api, 3)
            encoder.open.set()
            return list(await asyncio.gather(first, *waiting)), refused

        accepted, refused = api.run(scene)
        later = api.post("/classify", json={"text": "wait 3"})
    assert [answer.status_code for answer in (*accepted, later)] == [200] * 4
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["code"] == "overloaded"
    assert store.count() == 4

"""Micro-batches: requests that wait at the same moment go through the model together, off the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from service.errors import Overloaded, ServiceError, StoreError

Item = TypeVar("Item")
Result = TypeVar("Result")


class MicroBatcher(Generic[Item, Result]):
    """Runs `work` over what has gathered while it was busy, in a thread of its own.

    Nothing waits for a batch to fill: an idle model takes a lone item at once, a busy one finds the next
    batch gathered. Items keep their order."""

    def __init__(
        self, work: Callable[[Sequence[Item]], Sequence[Result]], *, largest: int, queue_size: int
    ) -> None:
        """`largest`: most items in one call of `work`. `queue_size`: most items waiting; more are refused."""
        self._work = work
        self._largest = largest
        self._queue_size = queue_size
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._runner: asyncio.Task[None] | None = None
        self._closing = False

    def start(self) -> None:
        """Begins to take items; call it inside the event loop."""
        self._runner = asyncio.create_task(self._run())

    async def submit(self, item: Item) -> Result:
        """The item's result. Raises: Overloaded (the queue is full), and what `work` raised for this item."""
        if self._closing:
            raise Overloaded("The service is stopping. Send it again when it is back.")
        if len(self._waiting) >= self._queue_size:
            raise Overloaded(f"{len(self._waiting)} messages are waiting already. Send it again in a second.")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._arrived.set()
        return await future

    async def close(self) -> None:
        """Refuses new items, finishes those accepted, and ends the thread."""
        self._closing = True
        self._arrived.set()
        if self._runner is not None:
            await self._runner
        self._thread.shutdown()

    async def _run(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            batch = [self._waiting.popleft() for _ in range(min(self._largest, len(self._waiting)))]
            # A caller that has gone away is not worth the model's time.
            await self._answer([(item, future) for item, future in batch if not future.cancelled()])

    async def _answer(self, batch: Sequence[tuple[Item, asyncio.Future[Result]]]) -> None:
        if not batch:
            return
        loop = asyncio.get_running_loop()
        try:
            results = await loop.run_in_executor(self._thread, self._work, [item for item, _ in batch])
            answers = list(zip(batch, results, strict=True))
        except (ServiceError, StoreError) as error:
            # The service or its database cannot work now: asking again for each item would only take longer.
            _refuse(batch, error)
            return
        except Exception as error:  # noqa: BLE001 - whatever it is belongs to the caller whose item raised it
            if len(batch) > 1:
                for pair in batch:
                    await self._answer([pair])
            else:
                _refuse(batch, error)
            return
        for (_, future), result in answers:
            if not future.cancelled():
                future.set_result(result)


def _refuse(batch: Sequence[tuple[Item, asyncio.Future[Result]]], error: Exception) -> None:
    for _, future in batch:
        if not future.cancelled():
            future.set_exception(error)

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from service.api.batching import MicroBatcher
from service.errors import Overloaded, StoreUnavailable

Batcher = MicroBatcher[int, int]


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def timed() -> None:
        await asyncio.wait_for(test(), 10)

    asyncio.run(timed())


@asynccontextmanager
async def started(batcher: Batcher) -> AsyncIterator[Batcher]:
    batcher.start()
    yield batcher
    await batcher.close()


class Gate:
    """Work that waits, once begun, until it is let through; it notes what it was given."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()
        self.batches: list[list[int]] = []

    def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(items))
        self.begun.set()
        assert self.open.wait(10)
        return [item * item for item in items]

    async def busy(self, batcher: Batcher) -> asyncio.Task[int]:
        """Returns once the batcher is at work on the item 0."""
        task = asyncio.create_task(batcher.submit(0))
        await asyncio.to_thread(self.begun.wait, 10)
        return task


def test_each_gets_the_result_of_its_own_item() -> None:
    async def test() -> None:
        async with started(
            Batcher(lambda items: [item + 1 for item in items], largest=4, queue_size=99)
        ) as batcher:
            assert await asyncio.gather(*map(batcher.submit, range(50))) == list(range(1, 51))

    run(test)


def test_what_gathers_meanwhile_goes_together_in_order_and_in_parts_no_larger_than_allowed() -> None:
    async def test() -> None:
        gate = Gate()
        async with started(Batcher(gate, largest=3, queue_size=99)) as batcher:
            first = await gate.busy(batcher)
            others = [asyncio.create_task(batcher.submit(item)) for item in range(1, 6)]
            await asyncio.sleep(0)
            gate.open.set()
            assert await asyncio.gather(first, *others) == [0, 1, 4, 9, 16, 25]
        assert gate.batches == [[0], [1, 2, 3], [4, 5]]

    run(test)


def test_a_full_queue_refuses_at_once_and_takes_again_later() -> None:
    async def test() -> None:
        gate = Gate()
        async with started(Batcher(gate, largest=1, queue_size=2)) as batcher:
            first = await gate.busy(batcher)
            waiting = [asyncio.create_task(batcher.submit(item)) for item in (1, 2)]
            await asyncio.sleep(0)
            with pytest.raises(Overloaded, match="2 messages are waiting"):
                await batcher.submit(3)
            gate.open.set()
            assert await asyncio.gather(first, *waiting) == [0, 1, 4]
            assert await batcher.submit(3) == 9

    run(test)


def test_an_item_that_fails_fails_alone() -> None:
    def fussy(items: Sequence[int]) -> Sequence[int]:
        if 2 in items:
            raise ValueError("two")
        return items

    async def test() -> None:
        async with started(Batcher(fussy, largest=8, queue_size=99)) as batcher:
            results = await asyncio.gather(*map(batcher.submit, range(5)), return_exceptions=True)
            assert [item for item in results if not isinstance(item, BaseException)] == [0, 1, 3, 4]
            assert isinstance(results[2], ValueError)
            assert await batcher.submit(7) == 7

    run(test)


def test_work_that_loses_a_result_is_an_error_and_not_the_end() -> None:
    async def test() -> None:
        async with started(
            Batcher(lambda items: [] if 1 in items else items, largest=8, queue_size=9)
        ) as batcher:
            with pytest.raises(ValueError, match="zip"):
                await batcher.submit(1)
            assert await batcher.submit(2) == 2

    run(test)


def test_closing_finishes_what_was_accepted_and_refuses_the_rest() -> None:
    async def test() -> None:
        gate = Gate()
        batcher = Batcher(gate, largest=2, queue_size=99)
        batcher.start()
        first = await gate.busy(batcher)
        others = [asyncio.create_task(batcher.submit(item)) for item in range(1, 6)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(batcher.close())
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="stopping"):
            await batcher.submit(9)
        gate.open.set()
        await closing
        assert await asyncio.gather(first, *others) == [0, 1, 4, 9, 16, 25]

    run(test)


def test_closing_an_idle_or_never_started_batcher_returns() -> None:
    async def test() -> None:
        async with started(Batcher(list, largest=2, queue_size=2)):
            await asyncio.sleep(0)
        await Batcher(list, largest=2, queue_size=2).close()

    run(test)


def test_a_caller_that_has_gone_costs_no_work_and_disturbs_nobody() -> None:
    async def test() -> None:
        gate = Gate()
        async with started(Batcher(gate, largest=8, queue_size=99)) as batcher:
            first = await gate.busy(batcher)
            gone, stays = (asyncio.create_task(batcher.submit(item)) for item in (1, 2))
            await asyncio.sleep(0)
            gone.cancel()
            first.cancel()
            await asyncio.sleep(0)
            gate.open.set()
            assert await stays == 4
        assert gate.batches == [[0], [2]]

    run(test)


def test_a_store_that_is_gone_is_asked_once_for_the_whole_batch() -> None:
    calls: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def work(items: Sequence[int]) -> Sequence[int]:
        calls.append(len(items))
        begun.set()
        assert go_on.wait(10)
        raise StoreUnavailable("The database is locked. Free it.")

    async def test() -> None:
        async with started(Batcher(work, largest=8, queue_size=99)) as batcher:
            first = asyncio.create_task(batcher.submit(0))
            await asyncio.to_thread(begun.wait, 10)
            rest = [asyncio.create_task(batcher.submit(item)) for item in range(1, 6)]
            await asyncio.sleep(0)
            go_on.set()
            answers = await asyncio.gather(first, *rest, return_exceptions=True)
            assert [type(answer) for answer in answers] == [StoreUnavailable] * 6

    run(test)
    assert calls == [1, 5]

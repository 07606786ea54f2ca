from __future__ import annotations

import time
from uuid import RFC_4122, UUID

from service.store.ids import new_id


def test_ids_are_version_7_and_carry_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = UUID(new_id())
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_ids_sort_by_the_time_they_were_made_and_differ() -> None:
    ids = []
    for _ in range(20):
        ids.append(new_id())
        time.sleep(0.0001)
    assert ids == sorted(set(ids))

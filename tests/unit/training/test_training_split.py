from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from service.errors import TooFewRows
from training.corpus.split import Split, split_rows

FIRST = datetime(2026, 1, 5, tzinfo=UTC)


def split(
    count: int,
    *,
    given: list[str | None] | None = None,
    days: list[int | None] | None = None,
    groups: list[int] | None = None,
    test_share: float = 0.2,
    seed: int = 1,
) -> Split:
    return split_rows(
        given=given or [None] * count,
        dates=[None if day is None else FIRST + timedelta(days=day) for day in days or [None] * count],
        groups=np.asarray(groups if groups is not None else range(count), dtype=np.intp),
        test_share=test_share,
        seed=seed,
    )


def parts(made: Split) -> list[list[int]]:
    return [part.tolist() for part in (made.train, made.validation, made.test, made.dropped)]


def test_a_given_split_is_honoured_row_by_row_even_against_dates_and_groups() -> None:
    made = split(
        5, given=["test", "train", None, "validation", "train"], days=[0, 1, 2, 3, 4], groups=[7, 7, 7, 7, 7]
    )
    assert made.rule == "split column"
    assert parts(made) == [[1, 2, 4], [3], [0], []]
    assert list(made.parts) == ["validation", "test"]


def test_a_given_split_that_trains_on_nothing_is_refused() -> None:
    with pytest.raises(TooFewRows, match="Mark some rows train"):
        split(2, given=["test", "validation"])


def test_dated_rows_are_split_by_time_whatever_their_order() -> None:
    made = split(10, days=[3, 9, 1, 8, 0, 2, 4, 5, 7, 6])
    assert made.rule == "time"
    assert made.test.tolist() == [1, 3]
    assert made.train.tolist() == [0, 2, 4, 5, 6, 7, 8, 9]


def test_rows_of_one_instant_are_not_parted() -> None:
    made = split(10, days=[0, 1, 2, 3, 4, 5, 6, 8, 8, 8])
    assert made.test.tolist() == [7, 8, 9]


def test_later_near_duplicates_of_training_rows_are_dropped_and_counted() -> None:
    made = split(10, days=list(range(10)), groups=[0, 1, 2, 3, 4, 5, 6, 7, 0, 9])
    assert parts(made) == [list(range(8)), [], [9], [8]]


def test_undated_rows_are_learned_from_where_half_are_dated() -> None:
    made = split(10, days=[4, None, 3, None, 2, None, 1, None, 0, None])
    assert made.rule == "time"
    assert parts(made) == [[1, 2, 3, 4, 5, 6, 7, 8, 9], [], [0], []]


def test_a_late_copy_of_an_undated_row_is_dropped() -> None:
    made = split(5, days=[0, 1, 2, 3, None], groups=[0, 1, 2, 9, 9])
    assert parts(made) == [[0, 1, 2, 4], [], [], [3]]


def test_with_fewer_than_half_dated_the_split_is_by_groups() -> None:
    assert split(10, days=[*range(4), *[None] * 6]).rule == "groups"
    assert split(9, days=[*range(4), *[None] * 5]).rule == "groups"


def test_dates_of_the_dated_rows_are_too_coarse_or_not_whatever_the_undated_are() -> None:
    assert split(10, days=[*[4] * 5, *[None] * 5]).rule == "groups"


@pytest.mark.parametrize("days", [[4] * 10, [0, 0, *[9] * 8]])
def test_a_file_dated_on_the_day_it_was_written_is_split_by_groups(days: list[int | None]) -> None:
    made = split(10, days=days)
    assert made.rule == "groups"
    assert len(made.train) == 8
    assert len(made.test) == 2


def test_no_group_lies_on_both_sides() -> None:
    groups = [row // 3 for row in range(60)]
    made = split(60, groups=groups)
    sides = [{groups[row] for row in part} for part in (made.train, made.test)]
    assert made.rule == "groups"
    assert not sides[0] & sides[1]
    assert sorted([*made.train, *made.test]) == list(range(60))
    assert len(sides[1]) == 4, "a fifth of the twenty groups"


def test_the_same_seed_gives_the_same_groups_and_another_gives_others() -> None:
    assert parts(split(60)) == parts(split(60))
    assert parts(split(60)) != parts(split(60, seed=2))


def test_a_single_group_is_trained_on_and_not_judged() -> None:
    made = split(4, groups=[0, 0, 0, 0])
    assert parts(made) == [[0, 1, 2, 3], [], [], []]
    assert made.parts == {}


def test_rows_the_encoder_was_fine_tuned_on_are_never_the_test() -> None:
    groups = [row // 2 for row in range(100)]
    seen = np.asarray([row < 60 or row == 90 for row in range(100)])
    made = split_rows(
        given=[None] * 100,
        dates=[None] * 100,
        groups=np.asarray(groups),
        test_share=0.2,
        seed=3,
        seen=seen,
    )
    assert made.rule == "groups"
    assert len(made.test) == 20
    assert set(made.test.tolist()) <= set(range(60, 100)) - {90, 91}
    assert sorted([*made.train.tolist(), *made.test.tolist()]) == list(range(100))


def test_of_few_rows_the_encoder_has_not_seen_some_are_left_to_calibrate_on() -> None:
    seen = np.arange(100) < 90
    made = split_rows(
        given=[None] * 100,
        dates=[None] * 100,
        groups=np.arange(100),
        test_share=0.2,
        seed=3,
        seen=seen,
    )
    assert (len(made.test), len(made.train)) == (6, 94)


def test_where_the_encoder_has_seen_every_row_there_is_no_test() -> None:
    made = split_rows(
        given=[None] * 9,
        dates=[None] * 9,
        groups=np.arange(9),
        test_share=0.2,
        seed=3,
        seen=np.ones(9, dtype=bool),
    )
    assert (len(made.train), made.parts) == (9, {})

from __future__ import annotations

from pathlib import Path

import pytest

from training.corpus.agreement import agreement, by_language, read_reading


def test_agreement_is_one_for_equal_and_zero_for_chance() -> None:
    assert agreement(list("abab"), list("abab")).kappa == 1.0
    assert agreement(list("aabb"), list("abab")).kappa == 0.0


def test_only_the_first_theme_counts_and_rows_are_matched_by_group(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    (first / "te.txt").write_text("te-1 billing.fee+support.rude c u l\nte-2 - p p m\n", "utf-8")
    (second / "te.txt").write_text("te-2 - p p m\nte-1 billing.twice+support.rude c n l\n", "utf-8")

    ((language, figures),) = by_language(tmp_path)

    assert language == "te"
    assert {task: found.equal for task, found in figures.items()} == {
        "theme": 0.5, "parent theme": 1.0, "kind": 1.0, "sentiment": 0.5, "urgency": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize("line", ["te-1 billing.fee c n", "te-1 billing.fee x n l", "te-1 - c n z"])
def test_a_line_of_another_form_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "te.txt"
    path.write_text(line, "utf-8")
    with pytest.raises(ValueError, match=r"te\.txt:1"):
        read_reading(path)

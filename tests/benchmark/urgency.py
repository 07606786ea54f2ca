"""Whether tone moves urgency: the same fact told calmly and furiously, in every language of the starter
corpus. Asserts nothing; prints a table by language, one by fact, and every pair that went wrong.

    .venv/bin/python -m tests.benchmark.urgency [--models-dir models]

How each figure is made:
- The model is `models/current`, asked as the service asks it, of senders nothing is known of. The pairs, in
  urgency.yaml, were written by hand for this and are in no training data; nothing is fitted on them.
- Trifles: how many of the furious tellings are called critical, which must be none, and how many are called
  high or critical; how many furious tellings are called more urgent than the calm one of the same trifle.
- Dangers: how many of the calm tellings are called critical, and how many high or critical; the same of the
  furious ones.
- Same: of all pairs, how many get one level for both tellings.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from service.classify.model import load_model
from service.classify.pipeline import Classifier
from service.values import Classification, Message

PAIRS = Path(__file__).with_name("urgency.yaml")
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
ALL = "all"


@dataclass(frozen=True)
class Pair:
    """One fact told twice in one language. `danger`: whether it is critical by the taxonomy's guide."""

    language: str
    fact: str
    danger: bool
    calm: str
    furious: str


@dataclass(frozen=True)
class Told:
    """What the model made of a pair: the places of both levels (0: the most urgent) and their reasons."""

    pair: Pair
    calm: int
    furious: int
    reasons: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


@dataclass(frozen=True)
class Figures:
    """Counts over some pairs, as the tables show them."""

    trifles: int
    furious_critical: int
    furious_urgent: int
    furious_raised: int
    dangers: int
    calm_critical: int
    calm_urgent: int
    angry_critical: int
    angry_urgent: int
    pairs: int
    same: int


def read_pairs(path: Path = PAIRS) -> list[Pair]:
    """The pairs of the file, language by language."""
    written: Mapping[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return [
        Pair(language, fact, written["facts"][fact]["danger"], told["calm"], told["furious"])
        for language, by_fact in written["tellings"].items()
        for fact, told in by_fact.items()
    ]


def judge(classifier: Classifier, pairs: Sequence[Pair]) -> list[Told]:
    """What the model makes of each pair."""
    order = list(classifier.model.taxonomy.urgencies)
    calm, furious = (
        classifier.classify([Message(text, NOON) for text in texts])
        for texts in ([pair.calm for pair in pairs], [pair.furious for pair in pairs])
    )

    def place(said: Classification) -> int:
        return order.index(said.labels["urgency"].id)

    return [
        Told(pair, place(one), place(other), (one.urgency_reasons, other.urgency_reasons))
        for pair, one, other in zip(pairs, calm, furious, strict=True)
    ]


def figures(told: Iterable[Told]) -> Figures:
    """The counts over these pairs. Level 0 is critical, levels 0 and 1 are at least high."""
    told = list(told)
    trifles = [one for one in told if not one.pair.danger]
    dangers = [one for one in told if one.pair.danger]
    return Figures(
        trifles=len(trifles),
        furious_critical=sum(one.furious == 0 for one in trifles),
        furious_urgent=sum(one.furious <= 1 for one in trifles),
        furious_raised=sum(one.furious < one.calm for one in trifles),
        dangers=len(dangers),
        calm_critical=sum(one.calm == 0 for one in dangers),
        calm_urgent=sum(one.calm <= 1 for one in dangers),
        angry_critical=sum(one.furious == 0 for one in dangers),
        angry_urgent=sum(one.furious <= 1 for one in dangers),
        pairs=len(told),
        same=sum(one.calm == one.furious for one in told),
    )


def by(told: Sequence[Told], key: Callable[[Told], str]) -> dict[str, Figures]:
    """The figures of each part, in the order met, and of all."""
    parts = {part: figures(one for one in told if key(one) == part) for part in dict.fromkeys(map(key, told))}
    return {**parts, ALL: figures(told)}


def table(title: str, parts: Mapping[str, Figures]) -> Table:
    """A row for each part."""
    shown = Table("", title=title)
    for heading in (
        *("trifles", "furious: critical", ">= high", "above calm"),
        *("dangers", "calm: critical", ">= high", "furious: critical", ">= high"),
        "same",
    ):
        shown.add_column(heading, justify="right")
    for part, of in parts.items():
        counts = (
            *(of.trifles, of.furious_critical, of.furious_urgent, of.furious_raised),
            *(of.dangers, of.calm_critical, of.calm_urgent, of.angry_critical, of.angry_urgent),
        )
        shown.add_row(part, *map(str, counts), f"{of.same}/{of.pairs}")
    return shown


def wrong(told: Iterable[Told]) -> list[Told]:
    """Trifles whose furious telling is at least high, and dangers of which a telling is not critical."""
    return [one for one in told if (max(one.calm, one.furious) > 0 if one.pair.danger else one.furious <= 1)]


def wrong_table(told: Iterable[Told], order: Sequence[str]) -> Table:
    """What went wrong, pair by pair."""
    shown = Table("", "fact", "calm", "furious", title="Pairs that went wrong")
    for one in wrong(told):
        levels = [
            " ".join((order[place], *reasons))
            for place, reasons in zip((one.calm, one.furious), one.reasons, strict=True)
        ]
        shown.add_row(one.pair.language, one.pair.fact, *levels)
    return shown


def main() -> None:
    """Prints the three tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models-dir", type=Path, default=Path("models"))
    model = load_model(parser.parse_args().models_dir / "current")
    told = judge(Classifier(model), read_pairs())
    console = Console(width=120)
    console.print(f"{model.version}, {len(told)} pairs")
    console.print(table("By language", by(told, lambda one: one.pair.language)))
    console.print(table("By fact", by(told, lambda one: one.pair.fact)))
    console.print(wrong_table(told, list(model.taxonomy.urgencies)))


if __name__ == "__main__":
    main()

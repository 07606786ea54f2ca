"""Teaches an encoder the tasks: fine-tunes it on labelled texts so that vectors lie by what a message is
about.

    firyad adapt

Frozen multilingual-e5 vectors lie by general meaning. Half an hour's fine-tuning of every layer on the
starter corpus moved the sub-theme from 41 to 59 % on rows it had not seen (a linear discriminant on the
vectors alone). What changed is kept as an adapter (`training.encoders.adapter`): small enough for the
repository, so that nobody else has to wait for it. Training low-rank matrices from the start (LoRA, rank 16,
learning rate 0.002) learned far more slowly: 33 instead of 49 % after one pass."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from training.settings import TrainingSettings

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

Labels = Mapping[str, Mapping[str, float]]
"""By task: what share of the label each id has; the shares of a task sum to 1. A task may be absent."""


@dataclass(frozen=True)
class Lesson:
    """A normalised text and what there is to know of it."""

    text: str
    labels: Labels


class Tutor:
    """Fine-tunes a sentence-transformers model in place.

    Every task has a cosine classifier on the sentence vector, centred on the vectors' mean before training
    (e5's lie in a narrow cone); their cross-entropies are summed. Token embeddings stay as they are: with a
    few thousand texts only a few of a quarter million would be touched, and languages that share no word
    would drift apart."""

    def __init__(self, model: SentenceTransformer, *, settings: TrainingSettings) -> None:
        self.model = model
        self.settings = settings
        self._prefix = (model.prompts or {}).get(model.default_prompt_name or "", "")
        self._transformer: Any = model[0].auto_model

    def teach(
        self, lessons: Sequence[Lesson], *, progress: Callable[[int], None] = lambda _: None
    ) -> dict[str, list[str]]:
        """Learns the lessons, `adapt_passes` times over; the labels by task.

        `progress` is told of the texts of each batch."""
        import torch
        from torch.nn import functional

        settings = self.settings
        torch.manual_seed(settings.seed)
        draw = random.Random(settings.seed)
        labels = _labels(lessons)
        targets = {task: _targets(lessons, task, known) for task, known in labels.items()}
        tokens = self._tokens([lesson.text for lesson in lessons])
        learned = self._learnable()
        mean = self._mean(tokens, draw)
        classifiers = {
            task: torch.nn.Parameter(torch.randn(len(known), mean.shape[-1]) * 0.05)
            for task, known in labels.items()
        }
        optimiser = torch.optim.AdamW(
            [
                {"params": learned, "lr": settings.adapt_rate, "weight_decay": 0.01},
                {
                    "params": list(classifiers.values()),
                    "lr": settings.adapt_classifier_rate,
                    "weight_decay": 0,
                },
            ]
        )
        size = settings.adapt_batch
        steps = settings.adapt_passes * -(-len(lessons) // size)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _warm_then_down(step, steps))
        self._transformer.train()
        for _ in range(settings.adapt_passes):
            for rows in _batches(tokens, size, draw):
                vectors = self._vectors([tokens[row] for row in rows])
                directions = functional.normalize(vectors - mean, dim=-1)
                loss = torch.zeros(())
                for task, weights in classifiers.items():
                    target = targets[task][rows]
                    known_rows = np.flatnonzero(target.sum(axis=1))
                    if len(known_rows):
                        cosines = directions[known_rows] @ functional.normalize(weights, dim=-1).T
                        loss = loss + _weight(task) * functional.cross_entropy(
                            settings.adapt_scale * cosines,
                            torch.from_numpy(target[known_rows]),
                            label_smoothing=settings.adapt_smoothing,
                        )
                loss.backward()
                torch.nn.utils.clip_grad_norm_(learned, 1.0)
                optimiser.step()
                optimiser.zero_grad()
                schedule.step()
                progress(len(rows))
        self._transformer.eval()
        return labels

    def _learnable(self) -> list[torch.nn.Parameter]:
        """Every parameter that is not of an embedding table, now marked as the only ones to learn."""
        import torch

        tables = [module for module in self._transformer.modules() if isinstance(module, torch.nn.Embedding)]
        kept = {id(parameter) for table in tables for parameter in table.parameters()}
        for parameter in self._transformer.parameters():
            parameter.requires_grad_(id(parameter) not in kept)
        return [parameter for parameter in self._transformer.parameters() if parameter.requires_grad]

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self.model.tokenizer(
            [self._prefix + text for text in texts], truncation=True, max_length=self.settings.adapt_tokens
        )
        return list(encoded["input_ids"])

    def _mean(self, tokens: Sequence[list[int]], draw: random.Random) -> torch.Tensor:
        import torch

        self._transformer.eval()
        sample = draw.sample(range(len(tokens)), min(len(tokens), 400))
        with torch.no_grad():
            parts = [
                self._vectors([tokens[row] for row in sample[start : start + 16]])
                for start in range(0, len(sample), 16)
            ]
        return torch.cat(parts).mean(dim=0)

    def _vectors(self, tokens: Sequence[list[int]]) -> torch.Tensor:
        """The model's own sentence vectors, through all its modules, of length 1."""
        import torch
        from torch.nn import functional

        longest = max(map(len, tokens))
        ids = torch.full((len(tokens), longest), self.model.tokenizer.pad_token_id or 0)
        mask = torch.zeros_like(ids)
        for row, pieces in enumerate(tokens):
            ids[row, : len(pieces)] = torch.tensor(pieces)
            mask[row, : len(pieces)] = 1
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_has_bfloat16()):
            vectors = self.model({"input_ids": ids, "attention_mask": mask})["sentence_embedding"]
        return functional.normalize(vectors.float(), dim=-1)


WEIGHTS = {"theme": 1.0, "sentiment": 0.8, "kind": 0.5, "urgency": 0.5}
"""How much of the loss a task is: the theme is the hardest, sentiment carries over to other texts worst."""
OTHER_WEIGHT = 0.1
"""Of a reason of urgency: there are many, and each is a yes or no."""


def _weight(task: str) -> float:
    return WEIGHTS.get(task, OTHER_WEIGHT)


def _has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 itself: half as fast again; elsewhere it would be slower."""
    import torch

    ask = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(ask()) if ask is not None else False


def _warm_then_down(step: int, steps: int) -> float:
    """The share of the learning rate: up over the first tenth, then straight down to nothing."""
    warm = max(1, steps // 10)
    return min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))


def _labels(lessons: Sequence[Lesson]) -> dict[str, list[str]]:
    """The ids there are of every task that tells anything apart, in order."""
    found: dict[str, set[str]] = {}
    for lesson in lessons:
        for task, shares in lesson.labels.items():
            found.setdefault(task, set()).update(shares)
    return {task: sorted(ids) for task, ids in sorted(found.items()) if len(ids) > 1}


def _targets(lessons: Sequence[Lesson], task: str, known: Sequence[str]) -> NDArray[np.float32]:
    """Shape (lessons, labels); a row of zeros where the lesson says nothing of the task."""
    column = {label: place for place, label in enumerate(known)}
    targets = np.zeros((len(lessons), len(known)), dtype=np.float32)
    for row, lesson in enumerate(lessons):
        for label, share in lesson.labels.get(task, {}).items():
            targets[row, column[label]] = share
    return targets


def _batches(tokens: Sequence[list[int]], size: int, draw: random.Random) -> list[list[int]]:
    """Every row once, in batches of about equal length (little padding), in random order."""
    order = list(range(len(tokens)))
    draw.shuffle(order)
    batches = []
    for start in range(0, len(order), size * 20):
        near = sorted(order[start : start + size * 20], key=lambda row: len(tokens[row]))
        batches += [near[at : at + size] for at in range(0, len(near), size)]
    draw.shuffle(batches)
    return batches

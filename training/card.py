"""The model card: what a model was made from, how it was judged and how well it did, for people."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader

from training.topics.fit import FittedTopics


def render_card(manifest: Mapping[str, Any], metrics: Mapping[str, Any], topics: FittedTopics | None) -> str:
    """The card in Markdown: the figures a manager asks for first, then the analyst's."""
    environment = Environment(
        loader=PackageLoader("training"),
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    template = environment.get_template("card.md.j2")
    card = template.render(manifest=manifest, metrics=metrics, topics=topics)
    return re.sub(r"\n{3,}", "\n\n", card).strip() + "\n"


def _cell(text: object) -> str:
    """Text from the data as Markdown shows it in a table, whatever characters it holds."""
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", escape(" ".join(str(text).split()), quote=False))

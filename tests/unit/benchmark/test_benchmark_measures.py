"""The quality benchmark's command line, and what it reads off answers."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("datasketch", reason="needs the training extra: pip install firyad[training]")

from benchmark.quality.__main__ import MEASURES, measured, parse_options, shown
from benchmark.quality.bench import Absent, Bench, Table
from benchmark.quality.repeat import REACHING_OUT
from benchmark.quality.several import first_sentences, judge_pairs, judge_single
from fakes import ROWS, message, tiny_model
from rich.console import Console

from service.classify.pipeline import Classifier
from service.values import GivenTheme

pytestmark = pytest.mark.training


class Answering:
    """A classifier that gives each text the themes it was told to."""

    def __init__(self, themes: dict[str, tuple[GivenTheme, ...]]) -> None:
        self.themes = themes

    def classify(self, messages):
        class Answer:
            def __init__(self, themes):
                self.themes = themes

        return [Answer(self.themes.get(one.text, ())) for one in messages]


def given(label: str, *spans: tuple[int, int]) -> GivenTheme:
    return GivenTheme(label, 0.9, "auto", spans)


FEE, CARD = {"text": "a fee", "label": "fee"}, {"text": "a card", "label": "card"}


def test_a_set_that_is_not_there_is_skipped_with_its_reason(tmp_path: Path):
    written = io.StringIO()
    done = measured("cfpb", Bench(tmp_path, tmp_path), Console(file=written))
    assert "cfpb.parquet is not there" in done["skipped"]
    assert "cfpb skipped" in written.getvalue()


def test_without_a_model_determinism_is_skipped(tmp_path: Path):
    with pytest.raises(Absent, match=r"manifest.json is not there"):
        MEASURES["determinism"](Bench(tmp_path, tmp_path, models_dir=tmp_path))


def test_a_measure_nobody_knows_ends_the_command(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        parse_options(["banking78"])
    assert "no such measure: banking78" in capsys.readouterr().err


def test_a_table_has_a_column_for_every_figure_of_any_row():
    written = io.StringIO()
    Console(file=written, width=80).print(shown(Table("t", [{"n": 1}, {"n": 2, "ece": 0.5}])))
    assert "ece" in written.getvalue()
    assert "0.5" in written.getvalue()


def test_both_themes_over_their_halves_count_and_a_span_over_the_middle_does_not():
    pairs = [(FEE, CARD), (CARD, FEE)]
    answers = {
        "a fee a card": (given("fee", (0, 5)), given("card", (6, 12))),
        "a card a fee": (given("card", (0, 12)), given("fee", (7, 12)), given("loan", (0, 2))),
    }
    figures = judge_pairs(Answering(answers), pairs)
    assert figures["both found"] == 1
    assert figures["these two and no other"] == 0.5
    assert figures["found ones over their half"] == 0.75


def test_one_theme_of_two_is_not_both():
    figures = judge_pairs(Answering({"a fee a card": (given("fee", (0, 5)),)}), [(FEE, CARD)])
    assert figures["both found"] == 0
    assert figures["found ones over their half"] == 1


def test_a_message_of_one_theme_given_two_is_counted():
    answers = {"a fee": (given("fee", (0, 5)), given("card", (2, 5)))}
    figures = judge_single(Answering(answers), [FEE, CARD])
    assert (figures["several themes"], figures["none"], figures["its own alone"]) == (0.5, 0.5, 0)


def test_the_first_sentence_that_says_something_is_taken_and_rows_without_one_are_left_out():
    rows = [
        {"text": "Hello dear bank. My card has not come for weeks now. It is late.", "label": "card"},
        {"text": "Too short.", "label": "fee"},
    ]
    assert [row["text"] for row in first_sentences(rows)] == ["My card has not come for weeks now."]


def test_real_answers_are_judged_as_well(tmp_path: Path):
    rows = [{"text": row.text, "label": row.theme} for row in ROWS]
    classifier = Classifier(tiny_model())
    alone = [answer.themes for answer in classifier.classify([message(row["text"]) for row in rows])]
    figures = judge_single(classifier, rows)
    assert figures["none"] == sum(not themes for themes in alone) / len(rows)


def test_a_process_without_sockets_reaches_nobody_and_still_has_an_event_loop():
    program = (
        "import asyncio, socket\n"
        "from tests.benchmark.quality.repeat import block_sockets\n"
        "block_sockets()\n"
        "asyncio.run(asyncio.sleep(0))\n"
        "try:\n    socket.create_connection(('127.0.0.1', 9), timeout=1)\n"
        "except ConnectionRefusedError as error:\n    print(error)\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert any(event in done.stdout for event in REACHING_OUT)
    assert "there is no network here" in done.stdout

"""Whether two processes answer alike, byte for byte, without a network: each serves the same messages.

As a program (`python -m tests.benchmark.quality.repeat MODELS_DIR ANSWERS`): reads a JSON list of texts,
answers each with the current model, and writes the JSON list of answers, ids left out, to the file ANSWERS.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service.classify.model import CURRENT, MANIFEST

from .bench import Absent, Bench, Table
from .scores import differing, reached

PROGRAM = "tests.benchmark.quality.repeat"
INPUTS = 200
RECEIVED = "2026-01-01T00:00:00Z"
REACHING_OUT = (
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendto",
)
"""What a process does, by its audit event, that wants a network."""
IDS = ("complaint_id", "request_id")


def determinism(bench: Bench) -> list[Table]:
    """How many of the same messages two separate processes answer differently."""
    manifest = bench.models_dir / CURRENT / MANIFEST
    if not manifest.is_file():
        raise Absent(f"{manifest} is not there (train a model first)")
    texts = _inputs(bench)
    first, second = (_answers(bench.models_dir, texts) for _ in range(2))
    apart = differing(first, second)
    return [
        Table(
            "determinism: the answers of two processes, sockets blocked",
            [
                {
                    "model": json.loads(manifest.read_text("utf-8"))["version"],
                    "n": len(texts),
                    "differing": apart,
                    "goal": reached(apart, most=0),
                }
            ],
        )
    ]


def _inputs(bench: Bench) -> list[str]:
    """Texts of the starter corpus, of every language."""
    files = sorted(path.stem for path in Path("data/starter").glob("*.jsonl"))
    texts = [row["text"] for language in files for row in bench.starter(language)]
    return random.Random(bench.settings.seed).sample(texts, min(INPUTS, len(texts)))


def _answers(models_dir: Path, texts: Sequence[str]) -> list[str]:
    """The answers of a process of its own, each as it was written."""
    with TemporaryDirectory(prefix="firyad-repeat-") as place:
        told = Path(place, "answers.json")
        command = [sys.executable, "-m", PROGRAM, str(models_dir), str(told)]
        done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=False)
        if done.returncode:
            raise Absent(f"the service did not answer: {done.stderr.strip()[-400:]}")
        answers: list[str] = json.loads(told.read_text("utf-8"))
    return answers


def block_sockets() -> None:
    """From now on anything here that wants a network raises ConnectionRefusedError."""

    def refuse(event: str, _: tuple[Any, ...]) -> None:
        if event in REACHING_OUT:
            raise ConnectionRefusedError(f"{event}: there is no network here")

    sys.addaudithook(refuse)


def answer(models_dir: Path, texts: Sequence[str]) -> list[str]:
    """What POST /classify says of each text, ids left out, as JSON."""
    from starlette.testclient import TestClient

    from service.api.app import create_app
    from service.settings import Settings
    from service.store import open_store

    with TemporaryDirectory(prefix="firyad-repeat-") as place:
        settings = Settings(models_dir=models_dir, reports_dir=Path(place))
        app = create_app(settings, open_store(f"sqlite:///{place}/store.db"))
        found = []
        with TestClient(app) as client:
            for text in texts:
                response = client.post("/classify", json={"text": text, "received_at": RECEIVED})
                response.raise_for_status()
                fields = {name: value for name, value in response.json().items() if name not in IDS}
                found.append(json.dumps(fields, ensure_ascii=False, sort_keys=True))
    return found


if __name__ == "__main__":
    for name in [name for name in os.environ if name.startswith("FIRYAD_")]:
        del os.environ[name]
    block_sockets()
    told = answer(Path(sys.argv[1]), json.loads(sys.stdin.read()))
    Path(sys.argv[2]).write_text(json.dumps(told), "utf-8")

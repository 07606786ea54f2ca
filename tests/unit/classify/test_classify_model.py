from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import pytest
import sklearn
from fakes import ROWS, message, rehash, tiny_model, write_manifest, write_model, write_onnx_encoder

from service.classify import files
from service.classify.model import MANIFEST, load_model, read_manifest
from service.classify.pipeline import Classifier
from service.errors import FiryadError, ModelDamaged, ModelIncompatible, ModelMissing, TaxonomyRejected


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "tiny-1", tiny_model())


@pytest.fixture
def directory(published: Path, tmp_path: Path) -> Path:
    """A model version whose hashes are true and whose encoder would not load."""
    return Path(shutil.copytree(published, tmp_path / "tiny-1"))


Fields = dict[str, Any]


def change_manifest(directory: Path, change: Callable[[Fields], Any]) -> None:
    fields = json.loads((directory / MANIFEST).read_text("utf-8"))
    change(fields)
    write_manifest(directory, fields)


def test_what_training_publishes_loads_and_says_the_same(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="makes a small graph with onnx, of the training extra")
    directory = write_model(tmp_path / "m", tiny_model(), encoder=write_onnx_encoder)
    model = load_model(directory, threads=1)
    assert model.version == "tiny-1"
    assert model.taxonomy == tiny_model().taxonomy
    assert set(model.heads) == {"theme", "kind", "sentiment", "urgency"}
    assert model.topics is not None
    said = Classifier(model).classify([message(row.text) for row in ROWS])
    assert len(said) == len(ROWS)
    assert said == Classifier(load_model(directory)).classify([message(row.text) for row in ROWS])


def test_no_directory_is_a_missing_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"make train.*FIRYAD_MODELS_DIR"):
        load_model(tmp_path / "current")


def test_a_link_to_nothing_is_a_missing_model(tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to("gone")
    with pytest.raises(ModelMissing):
        load_model(tmp_path / "current")


@pytest.mark.parametrize(
    "name",
    [
        "heads/theme.joblib",
        "heads/urgency.joblib",
        "topics.json",
        "topics.npz",
        "taxonomy.yaml",
        "encoder/encoder.json",
        "encoder/encoder.onnx",
        "encoder/tokenizer.json",
    ],
)
@pytest.mark.parametrize("harm", ["change", "cut", "remove"])
def test_harm_to_any_file_is_refused_by_its_name(directory: Path, name: str, harm: str) -> None:
    path = directory / name
    content = bytearray(path.read_bytes())
    if harm == "remove":
        path.unlink()
    else:
        content[len(content) // 2] ^= 1
        path.write_bytes(content if harm == "change" else content[:-1])
    with pytest.raises(ModelDamaged, match=Path(name).name):
        load_model(directory)


class Trap:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.mark,)


def test_nothing_is_unpickled_before_every_hash_is_checked(directory: Path, tmp_path: Path) -> None:
    mark = tmp_path / "sprung"
    joblib.dump(Trap(mark), directory / "heads/kind.joblib")
    joblib.load(directory / "heads/kind.joblib")
    assert mark.exists()
    mark.unlink()
    with pytest.raises(ModelDamaged, match=r"kind\.joblib"):
        load_model(directory)
    assert not mark.exists()


def test_a_file_of_another_hash_stops_the_loading_of_heads_that_are_true(
    directory: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "sprung"
    joblib.dump(Trap(mark), directory / "heads/kind.joblib")
    rehash(directory)
    (directory / "topics.npz").write_bytes(b"changed")
    with pytest.raises(ModelDamaged, match=r"topics\.npz"):
        load_model(directory)
    assert not mark.exists()


def test_heads_the_manifest_does_not_hash_are_not_loaded(directory: Path, tmp_path: Path) -> None:
    mark = tmp_path / "sprung"
    joblib.dump(Trap(mark), directory / "heads/kind.joblib")
    change_manifest(directory, lambda fields: fields["files"].pop("heads/kind.joblib"))
    with pytest.raises(ModelDamaged, match=r"no hash for .*kind\.joblib"):
        load_model(directory)
    assert not mark.exists()


@pytest.mark.parametrize(
    "name",
    [
        "taxonomy.yaml",
        "topics.json",
        "encoder/encoder.json",
        "encoder/encoder.onnx",
        "encoder/tokenizer.json",
    ],
)
def test_every_file_that_is_read_needs_a_hash(directory: Path, name: str) -> None:
    change_manifest(directory, lambda fields: fields["files"].pop(name))
    with pytest.raises(ModelDamaged, match="no hash for"):
        load_model(directory)


@pytest.mark.parametrize("outside", ["../secret", "heads/../../secret", "/etc/hostname", "link"])
def test_a_path_out_of_the_directory_is_refused(directory: Path, outside: str) -> None:
    (directory.parent / "secret").write_text("x", "utf-8")
    (directory / "link").symlink_to("../secret")
    change_manifest(directory, lambda fields: fields["files"].update({outside: "0" * 64}))
    with pytest.raises(ModelDamaged, match="outside"):
        load_model(directory)


def test_a_task_cannot_name_a_file_elsewhere(directory: Path) -> None:
    change_manifest(directory, lambda fields: fields["labels"].update({"../../secret": []}))
    with pytest.raises(ModelDamaged, match="no hash for"):
        load_model(directory)


@pytest.mark.parametrize("written", ["", "{", "\ufeff{}", "NaN,", "\x00"])
def test_a_manifest_that_is_not_json_is_damaged(directory: Path, written: str) -> None:
    (directory / MANIFEST).write_text(written, "utf-8")
    with pytest.raises(ModelDamaged, match="JSON"):
        read_manifest(directory)


def test_a_manifest_that_is_not_utf8_is_damaged(directory: Path) -> None:
    (directory / MANIFEST).write_bytes(b'{"format": "\xff"}')
    with pytest.raises(ModelDamaged, match="JSON"):
        read_manifest(directory)


@pytest.mark.parametrize("written", ["[]", "7", "null", "{}", '{"format": 2}', '{"format": "3"}'])
def test_another_format_is_incompatible(directory: Path, written: str) -> None:
    (directory / MANIFEST).write_text(written, "utf-8")
    with pytest.raises(ModelIncompatible, match="format 3"):
        read_manifest(directory)


MAJOR, MINOR, PATCH = sklearn.__version__.split(".")[:3]


@pytest.mark.parametrize(
    "libraries",
    [
        {"scikit-learn": f"{MAJOR}.{int(MINOR) + 1}.0"},
        {"scikit-learn": f"{MAJOR}.{MINOR}0.{PATCH}"},
        {"scikit-learn": "0.24.2"},
        {"scikit-learn": None},
        {},
        None,
        [],
    ],
)
def test_another_minor_version_of_scikit_learn_is_incompatible(directory: Path, libraries: object) -> None:
    change_manifest(directory, lambda fields: fields.update(libraries=libraries))
    with pytest.raises(ModelIncompatible, match="scikit-learn"):
        load_model(directory)


def test_another_patch_of_scikit_learn_is_welcome(directory: Path) -> None:
    change_manifest(
        directory, lambda fields: fields["libraries"].update({"scikit-learn": f"{MAJOR}.{MINOR}.99"})
    )
    assert read_manifest(directory)


@pytest.mark.parametrize("field", ["files", "labels"])
@pytest.mark.parametrize("value", [None, 7, "abc", ["abc"]])
def test_a_manifest_of_another_shape_is_an_error_of_ours(directory: Path, field: str, value: object) -> None:
    change_manifest(directory, lambda fields: fields.update({field: value}))
    with pytest.raises(FiryadError):
        load_model(directory)


@pytest.mark.parametrize("field", ["files", "labels", "version"])
def test_a_manifest_without_a_field_names_it(directory: Path, field: str) -> None:
    change_manifest(directory, lambda fields: fields.pop(field))
    with pytest.raises(ModelDamaged, match=field):
        load_model(directory)


def test_the_models_own_taxonomy_is_checked(directory: Path) -> None:
    (directory / "taxonomy.yaml").write_text("version: 1", "utf-8")
    rehash(directory)
    with pytest.raises(TaxonomyRejected):
        load_model(directory)


@pytest.mark.parametrize("content", [b"not a pickle", b"", joblib.__name__.encode()])
def test_a_head_that_cannot_be_unpickled_is_damage_even_with_a_true_hash(
    directory: Path, content: bytes
) -> None:
    (directory / "heads" / "theme.joblib").write_bytes(content)
    rehash(directory)
    with pytest.raises(ModelDamaged, match=r"theme\.joblib cannot be loaded"):
        load_model(directory)


def test_a_head_file_that_holds_something_else_is_refused(directory: Path) -> None:
    joblib.dump({"labels": ["x"]}, directory / "heads" / "kind.joblib")
    rehash(directory)
    with pytest.raises(ModelDamaged, match="holds a dict, not a head"):
        load_model(directory)


def test_a_head_may_only_give_labels_of_the_models_taxonomy(directory: Path) -> None:
    head = tiny_model().heads["theme"]
    joblib.dump(
        replace(head, labels=("billing.invented", *head.labels[1:])), directory / "heads" / "theme.joblib"
    )
    rehash(directory)
    with pytest.raises(ModelDamaged, match=r"billing\.invented.*not in the model's taxonomy"):
        load_model(directory)


def test_a_head_for_a_task_nobody_knows_is_refused(directory: Path) -> None:
    head = replace(tiny_model().heads["theme"], task="mood")
    joblib.dump(head, directory / "heads" / "theme.joblib")
    rehash(directory)
    with pytest.raises(ModelDamaged, match=r"a head for 'mood', not one of theme"):
        load_model(directory)


def test_a_file_that_cannot_be_read_is_damage_with_its_reason(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(files, "sha256_file", refused)
    with pytest.raises(ModelDamaged, match=r"cannot be read \(Permission denied\)"):
        load_model(directory)


def test_an_encoder_that_will_not_load_is_damage_even_with_true_hashes(directory: Path) -> None:
    with pytest.raises(ModelDamaged, match=r"encoder at .* cannot be loaded"):
        load_model(directory)

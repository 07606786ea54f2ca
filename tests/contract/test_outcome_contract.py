"""An outcome: whose words it is in, where it is answered and stored, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import joblib
import pytest
from fakes import (
    ROWS,
    TWICE,
    Api,
    HashedEncoder,
    fitted_model,
    message,
    rehash,
    serving,
    tiny_model,
    write_model,
)
from sklearn.linear_model import LogisticRegression
from sqlalchemy import inspect

from service.api.app import create_app
from service.classify.heads import Head, Member
from service.classify.model import LONGEST_OUTCOME, OUTCOME, Model, load_model
from service.classify.pipeline import Classifier
from service.errors import ModelDamaged
from service.records import TASKS, RawRow, check_rows
from service.records.check import LONGEST_LABEL
from service.settings import Settings
from service.store import SqlStore
from service.store.engine import make_engine, writing
from service.store.migrate import migrate, roll_back

Rows = Callable[..., RawRow]


def outcome_head(*labels: str) -> Head:
    """A head that tells the outcome of a message about a double charge from the others'."""
    plain = tiny_model().heads["theme"]
    vectors = tiny_model().encoder.encode([row.text for row in ROWS])
    truth = [labels[row.theme != TWICE] for row in ROWS]
    estimator = LogisticRegression(C=100).fit(vectors, truth)
    return Head(
        OUTCOME, tuple(estimator.classes_.tolist()), (Member("m", "vectors", estimator, 1.0),), plain.centring
    )


@pytest.fixture
def model() -> Model:
    made = replace(tiny_model(), heads={**tiny_model().heads, OUTCOME: outcome_head("Refunded", "none")})
    return replace(made, manifest={"self_test": Classifier(made).self_test()})


def test_a_model_that_has_learned_outcomes_answers_stores_and_tags_one(api: Api) -> None:
    answer = api.classify("I was charged twice for one order")
    assert answer["outcome"]["id"] == "Refunded"
    assert 0 < answer["outcome"]["probability"] <= 1
    assert list(answer).index("outcome") == list(answer).index("owner") + 1
    assert answer["tags"][-3:-1] == ["outcome__Refunded", f"owner__{answer['owner']['id']}"]
    kept = api.get(f"/complaints/{answer['complaint_id']}").json()["classification"]
    assert kept["outcome"] == answer["outcome"]


def test_a_model_that_has_not_leaves_it_out(settings: Settings, store: SqlStore) -> None:
    with serving(create_app(settings, store, load=lambda _: tiny_model())) as api:
        answer = api.classify("I was charged twice for one order")
    assert "outcome" not in answer
    assert not [tag for tag in answer["tags"] if tag.startswith("outcome__")]


def test_an_outcome_changes_nothing_else(model: Model) -> None:
    text = message("I was charged twice for one order")
    (with_one,), (without,) = Classifier(model).classify([text]), Classifier(tiny_model()).classify([text])
    labels = {task: label for task, label in with_one.labels.items() if task != OUTCOME}
    assert replace(with_one, labels=labels) == without


# ---- on disk


def written(directory: Path, head: Head) -> Path:
    """A tiny model on disk whose outcome head is this one. Its encoder is none, so it never loads whole."""
    model = tiny_model()
    made = write_model(directory / "model", replace(model, heads={**model.heads, OUTCOME: head}))
    joblib.dump(head, made / "heads" / "outcome.joblib")
    rehash(made)
    return made


def test_outcomes_are_not_the_taxonomys(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="needs the training extra: pip install firyad[training]")
    from fakes import write_onnx_encoder

    head = outcome_head("x" * LONGEST_OUTCOME, "none")
    plain = fitted_model(HashedEncoder())
    made = write_model(
        tmp_path / "model", replace(plain, heads={**plain.heads, OUTCOME: head}), encoder=write_onnx_encoder
    )
    loaded = load_model(made, threads=1)
    assert loaded.heads[OUTCOME].labels == head.labels
    assert OUTCOME not in loaded.taxonomy.labels()
    loaded.encoder.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("label", ["x" * (LONGEST_OUTCOME + 1), ""])
def test_a_head_with_an_impossible_outcome_is_refused(tmp_path: Path, label: str) -> None:
    head = replace(outcome_head("yes", "no"), labels=(label, "no"))
    with pytest.raises(ModelDamaged, match=r"no text of 1 to 100 characters\. Train again"):
        load_model(written(tmp_path, head), threads=1)


def test_the_longest_outcome_is_the_same_in_files_and_in_models() -> None:
    assert LONGEST_OUTCOME == LONGEST_LABEL


# ---- in files and in the database


def test_an_outcome_of_a_file_is_any_label_of_at_most_100_characters() -> None:
    def row(line: int, outcome: str) -> RawRow:
        return RawRow(file=Path("a.csv"), line=line, values={"text": "late", "outcome": outcome})

    assert OUTCOME in TASKS
    checked = check_rows(
        [row(1, " Escalated to legal "), row(2, "x" * 101), row(3, "")], allowed={"kind": ["question"]}
    )
    assert [dict(record.labels) for record in checked.records] == [{OUTCOME: "Escalated to legal"}, {}]
    assert [(bad.line, bad.column) for bad in checked.bad_rows] == [(2, OUTCOME)]


def test_the_columns_come_and_go_with_their_migration(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'a.db'}")
    wanted = {"outcome_id", "outcome_probability"}

    def columns() -> set[str]:
        return {column["name"] for column in inspect(engine).get_columns("classifications")}

    with writing(engine) as connection:
        migrate(connection)
    assert wanted <= columns()
    with writing(engine) as connection:
        roll_back(connection, to="0002")
    assert not wanted & columns()
    engine.dispose()

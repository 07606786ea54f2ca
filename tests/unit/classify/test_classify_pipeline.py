from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from fakes import LATE, NOON, ROWS, TEXTS, TWICE, UNCLEAR, message, theme_of, tiny_model
from sklearn.dummy import DummyClassifier

from service.classify.decide import Calibration, Thresholds
from service.classify.heads import Head, Member
from service.classify.pipeline import SELF_TEST, SELF_TEST_TOLERANCE, Classifier
from service.errors import ModelDamaged, TextRejected
from service.values import Asked

MESSAGES = [message(row.text) for row in ROWS]


def test_the_same_text_gets_the_same_answer_alone_in_a_batch_and_in_any_order(classifier: Classifier) -> None:
    together = classifier.classify(MESSAGES)
    assert [classifier.classify([one])[0] for one in MESSAGES] == together
    order = random.Random(5).sample(range(len(MESSAGES)), len(MESSAGES))
    shuffled = classifier.classify([MESSAGES[index] for index in order])
    assert shuffled == [together[index] for index in order]
    assert classifier.classify(MESSAGES * 3) == together * 3
    assert classifier.classify([*MESSAGES[:5], message("x" * 40_000), *MESSAGES[5:]])[:5] == together[:5]


def test_messages_get_their_own_themes_and_languages(classifier: Classifier) -> None:
    said = classifier.classify(MESSAGES)
    assert [theme_of(one) for one in said] == [row.theme for row in ROWS]
    right = sum(one.language.code == row.language for one, row in zip(said, ROWS, strict=True))
    assert right >= len(ROWS) - 1


def test_no_messages_give_no_answers(classifier: Classifier) -> None:
    assert classifier.classify([]) == []


@pytest.mark.parametrize("text", ["", " ", "\u200b\ufeff", "\x00"])
def test_a_text_without_anything_to_read_is_refused_by_its_place(classifier: Classifier, text: str) -> None:
    with pytest.raises(TextRejected, match="Message 1 "):
        classifier.classify([message("Charged twice"), message(text)])


def test_spelling_that_normalises_alike_is_classified_alike(classifier: Classifier) -> None:
    plain, odd = classifier.classify(
        [message("Charged twice!!!"), message("  Ｃharged\u200b   twice!!!!!!! ")]
    )
    assert odd == plain


def test_a_hint_is_that_messages_own(classifier: Classifier) -> None:
    text = TEXTS[UNCLEAR]["ne"][0]
    said = classifier.classify([message(text)] * 3, hints=["mr", None, "te"])
    assert [one.language.code for one in said] == ["mr", "ne", "ne"]
    assert said[0].language.probability == 1.0


def test_a_hint_changes_the_answers_language_and_nothing_that_was_learned(classifier: Classifier) -> None:
    for row in ROWS:
        plain, *hinted = classifier.classify([message(row.text)] * 4, hints=[None, "te", "mr", "en"])
        for one in hinted:
            assert replace(one, language=plain.language) == plain


def test_hints_for_other_messages_are_an_error(classifier: Classifier) -> None:
    with pytest.raises(ValueError, match="zip"):
        classifier.classify(MESSAGES[:3], hints=["te"])


def test_the_owner_is_the_themes_unless_a_head_was_fitted(classifier: Classifier) -> None:
    (said,) = classifier.classify([message(TEXTS[TWICE]["en"][0])])
    assert (said.owner, said.owner_via) == ("billing", "theme")
    head = tiny_model().heads["theme"]
    estimator = DummyClassifier(strategy="prior").fit([[0.0]], ["fraud"])
    fitted = Head("owner", ("fraud",), (Member("one", "vectors", estimator, 1.0),), head.centring)
    model = replace(tiny_model(), heads={**tiny_model().heads, "owner": fitted})
    (said,) = Classifier(model).classify([message(TEXTS[TWICE]["en"][0])])
    assert (said.owner, said.owner_via) == ("fraud", "history")


def test_without_a_theme_head_the_default_owner_acts(classifier: Classifier) -> None:
    model = replace(tiny_model(), heads={"kind": tiny_model().heads["kind"]}, topics=None)
    (said,) = Classifier(model).classify([message("Charged twice")])
    assert (said.owner, said.owner_via, set(said.labels), said.topic) == (
        "front_desk",
        "default",
        {"kind"},
        None,
    )


@pytest.mark.parametrize(
    ("channel", "minutes"), [("social", 60), ("email", 24 * 60), ("never heard of", 24 * 60)]
)
def test_the_clock_starts_when_the_message_came(classifier: Classifier, channel: str, minutes: int) -> None:
    (said,) = classifier.classify([message(TEXTS[LATE]["en"][0], channel=channel)])
    assert said.respond_by == NOON + timedelta(minutes=minutes)


def test_model_and_taxonomy_are_named(classifier: Classifier) -> None:
    (said,) = classifier.classify([message("Charged twice")])
    assert (said.model_version, said.taxonomy_version) == ("tiny-1", 1)


# ---- the self-test


def test_a_model_passes_its_own_self_test(classifier: Classifier) -> None:
    said = classifier.self_test()
    assert len(said) == len(SELF_TEST)
    assert {task for one in said for task in one} == set(classifier.model.heads)
    classifier.check_self_test()


def with_self_test(index: int, task: str, label: object, probability: object) -> Classifier:
    said = [dict(one) for one in tiny_model().manifest["self_test"]]
    said[index][task] = [label, probability]
    return Classifier(replace(tiny_model(), manifest={"self_test": said}))


def test_a_probability_may_drift_as_far_as_processors_differ() -> None:
    label, probability = tiny_model().manifest["self_test"][1]["theme"]
    with_self_test(1, "theme", label, probability - 0.9 * SELF_TEST_TOLERANCE).check_self_test()
    with pytest.raises(ModelDamaged, match="Self-test 1, theme"):
        with_self_test(1, "theme", label, probability - 1.1 * SELF_TEST_TOLERANCE).check_self_test()


def test_another_label_is_refused() -> None:
    label, probability = tiny_model().manifest["self_test"][0]["theme"]
    other = LATE if label != LATE else TWICE
    with pytest.raises(ModelDamaged, match="Self-test 0, theme"):
        with_self_test(0, "theme", other, probability).check_self_test()


@pytest.mark.parametrize(
    ("label", "probability"), [("no.such.theme", 0.9), (LATE, "much"), (LATE, float("nan"))]
)
def test_a_self_test_of_other_heads_is_refused(label: object, probability: object) -> None:
    with pytest.raises(ModelDamaged):
        with_self_test(0, "theme", label, probability).check_self_test()


@pytest.mark.parametrize("said", [None, [], [{}], [{}, {}, {}], {}, 7, [None] * 3, [[1, 2]] * 3])
def test_a_model_without_a_whole_self_test_is_refused(said: object) -> None:
    with pytest.raises(ModelDamaged, match="self_test"):
        Classifier(replace(tiny_model(), manifest={"self_test": said})).check_self_test()
    with pytest.raises(ModelDamaged, match="self_test"):
        Classifier(replace(tiny_model(), manifest={})).check_self_test()


# ---- what may be done with a theme


def deciding(*, suggest: float, auto: float, labels: tuple[str, ...] | None = None) -> Classifier:
    """The tiny model with thresholds of its own."""
    model = tiny_model()
    head = model.heads["theme"]
    learned = Calibration(Thresholds({"suggest": suggest, "auto": auto}), None, np.linspace(0.01, 1, 200))
    theme = replace(head, calibration=learned, labels=labels or head.labels)
    return Classifier(replace(model, heads={**model.heads, "theme": theme}))


def test_a_theme_comes_with_what_may_be_done_with_it() -> None:
    (said,) = deciding(suggest=0.01, auto=0.02).classify([message(TEXTS[TWICE]["en"][0])])
    assert (said.theme_action, said.needs_review, said.abstained, said.reasons) == ("auto", False, False, ())
    (said,) = deciding(suggest=0.01, auto=1.1).classify([message(TEXTS[TWICE]["en"][0])])
    assert (said.theme_action, said.needs_review, said.abstained) == ("suggest", True, False)


def test_an_unsure_model_gives_no_theme_and_names_the_two_likeliest() -> None:
    (said,) = deciding(suggest=1.1, auto=1.1).classify([message(TEXTS[TWICE]["en"][0])])
    assert "theme" not in said.labels
    assert (said.abstained, said.needs_review, said.owner_via) == (True, True, "default")
    assert said.reasons[0] == "ambiguous"
    assert said.between[0] == TWICE
    assert len(said.between) == 2


def test_a_message_no_theme_fits_gets_none() -> None:
    labels = tuple("none" if label == TWICE else label for label in tiny_model().heads["theme"].labels)
    (said,) = deciding(suggest=0.01, auto=0.02, labels=labels).classify([message(TEXTS[TWICE]["en"][0])])
    assert said.reasons[0] == "no_theme_fits"
    assert "theme" not in said.labels


def test_a_text_of_a_few_letters_is_told_to_be_too_short() -> None:
    short, long = deciding(suggest=1.1, auto=1.1).classify([message("ok"), message("好的 " * 3 + "谢谢你们")])
    assert "too_short" in short.reasons
    assert "too_short" not in long.reasons


def test_a_language_nobody_trained_is_at_most_a_suggestion() -> None:
    text = "Η κάρτα μου χρεώθηκε δύο φορές για την ίδια παραγγελία και κανείς δεν απαντά."
    (said,) = deciding(suggest=0.01, auto=0.02).classify([message(text)])
    assert said.language.code == "el"
    assert (said.theme_action, said.reasons) == ("suggest", ("unsupported_language",))


def test_a_caller_may_set_thresholds_and_ask_for_label_sets() -> None:
    wishes = Asked({"auto": 1.1, "suggest": 0.01}, coverage=0.9)
    text = message(TEXTS[TWICE]["en"][0])
    plain, asked = deciding(suggest=0.01, auto=0.02).classify([text, text], asked=[Asked(), wishes])
    assert (plain.theme_action, plain.sets) == ("auto", {})
    assert asked.theme_action == "suggest"
    assert asked.sets["theme"][0] == TWICE
    assert set(asked.sets["theme"]) <= set(tiny_model().heads["theme"].labels)

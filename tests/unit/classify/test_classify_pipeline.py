from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from fakes import LATE, NOON, OUTAGE, ROWS, TEXTS, TWICE, UNCLEAR, message, theme_of, tiny_model
from sklearn.dummy import DummyClassifier

from service.classify.decide import Calibration, Thresholds
from service.classify.heads import Head, Member
from service.classify.neighbours import Neighbours
from service.classify.pipeline import NOVEL, SELF_TEST, SELF_TEST_TOLERANCE, Classifier
from service.errors import ModelDamaged, TextRejected
from service.values import Asked, Classification, Message

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
    text = "  Ｃharged\u200b   twice!!!!!!! "
    plain, odd = classifier.classify([message("Charged twice!!!"), message(text)])
    assert (odd.labels, odd.novelty, odd.owner) == (plain.labels, plain.novelty, plain.owner)
    assert [text[slice(*span)] for theme in odd.themes for span in theme.spans] == [text.strip()]


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


def deciding(
    *, suggest: float, auto: float, labels: tuple[str, ...] | None = None, conflict: float | None = None
) -> Classifier:
    """The tiny model with thresholds of its own. `conflict`: from which on passages raise several themes."""
    model = tiny_model()
    head = model.heads["theme"]
    learned = Calibration(
        Thresholds({"suggest": suggest, "auto": auto}), None, np.linspace(0.01, 1, 200), conflict
    )
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


# ---- several themes, and where they stand


ISSUES = [
    (language, first, second)
    for language in ("en", "te", "ne")
    for first in TEXTS
    for second in TEXTS
    if first != second
]
STOPS = {"en": ".", "te": ".", "ne": "।"}


def issues(language: str, *themes: str) -> list[str]:
    """A sentence for each theme."""
    return [TEXTS[theme][language][0].rstrip("?") + STOPS[language] for theme in themes]


def parting() -> Classifier:
    """The tiny model where passages conflict soon."""
    return deciding(suggest=0.1, auto=0.6, conflict=1.5)


def raised(text: str, said: Classification) -> dict[str, list[str]]:
    """For each theme what raises it, in the text as it was sent."""
    return {theme.id: [text[slice(*span)] for span in theme.spans] for theme in said.themes}


@pytest.mark.parametrize(("language", "first", "second"), ISSUES)
def test_a_message_of_two_issues_gets_both_themes_over_their_sentences(
    language: str, first: str, second: str
) -> None:
    one, other = issues(language, first, second)
    text = f"{one} {other}"
    (said,) = parting().classify([message(text)])
    assert raised(text, said) == {first: [one], second: [other]}
    assert said.themes[0].id == theme_of(said)
    assert said.themes[0].probability == said.labels["theme"].probability
    assert said.reasons == ()


def test_issues_stand_where_they_do_in_a_mail_with_history() -> None:
    one, other = issues("en", TWICE, OUTAGE)
    text = (
        "[EXTERNAL] Ticket #4411 has been created\n\n"
        f"Dear team,\n\n{one}\n\n{other}\n\nKind regards,\nRavi\n\n"
        "On Mon, Mar 4, 2024 at 10:22 AM Care <care@example.com> wrote:\n"
        "> Your parcel is late. The internet is down in our whole street.\n"
    )
    (said,) = parting().classify([message(text)])
    found = {theme.id: theme.spans for theme in said.themes}
    assert set(found) == {TWICE, OUTAGE}
    assert [text[slice(*span)] for span in found[OUTAGE]] == [other]
    assert found[OUTAGE][0][0] == text.index(other), "not the same words in the history"
    (span,) = found[TWICE]
    assert text[slice(*span)].endswith(one)
    assert text.index("Dear team") <= span[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "  I was  charged\t twice for one order.\n\n\n"
            "  The  internet is\u00a0down in our whole street.  \n",
            {
                TWICE: ["I was  charged\t twice for one order."],
                OUTAGE: ["The  internet is\u00a0down in our whole street."],
            },
        ),
        (
            "I was ｃｈａｒｇｅｄ twice\u200b for one order\r\n"
            "\u200bThe inter\xadnet is down in our whole street!!!!!!!!",
            {
                TWICE: ["I was ｃｈａｒｇｅｄ twice\u200b for one order"],
                OUTAGE: ["\u200bThe inter\xadnet is down in our whole street!!!!!!!!"],
            },
        ),
    ],
)
def test_issues_stand_where_they_do_whatever_the_spelling(text: str, expected: dict[str, list[str]]) -> None:
    (said,) = parting().classify([message(text)])
    assert raised(text, said) == expected


def test_a_theme_raised_at_both_ends_has_two_spans_and_neighbours_are_one() -> None:
    one, other = issues("en", TWICE, OUTAGE)
    apart, together = f"{one} {other} {one}", f"{one} {one} {other}"
    first, second = parting().classify([message(apart), message(together)])
    assert raised(apart, first) == {TWICE: [one, one], OUTAGE: [other]}
    assert raised(together, second) == {TWICE: [f"{one} {one}"], OUTAGE: [other]}


def test_a_message_of_one_issue_has_one_theme_over_the_whole() -> None:
    for language in STOPS:
        for theme in TEXTS:
            (sentence,) = issues(language, theme)
            text = f"{sentence} {sentence}"
            (said,) = parting().classify([message(text)])
            assert raised(text, said) == {theme: [text]}


def test_without_a_learned_conflict_two_issues_have_one_theme(classifier: Classifier) -> None:
    text = " ".join(issues("en", TWICE, OUTAGE))
    for one in (classifier, deciding(suggest=0.1, auto=0.6)):
        (said,) = one.classify([message(text)])
        assert list(raised(text, said).values()) == [[text]]


def test_a_language_nobody_trained_is_only_suggested_each_of_its_themes() -> None:
    classifier = parting()
    greek = "Δεν έχω λάβει καμία απάντηση από εσάς εδώ και πολλές ημέρες και είμαι πολύ θυμωμένος. "
    text = greek * 4 + "\n".join(issues("en", TWICE, OUTAGE))
    (said,) = classifier.classify([message(text)])
    assert said.language.code == "el"
    assert {TWICE, OUTAGE} <= set(raised(text, said))
    assert {theme.action for theme in said.themes} == {"suggest"}
    assert said.reasons == ("unsupported_language",)


def test_a_caller_sees_the_probability_and_action_of_every_theme() -> None:
    text = message(" ".join(issues("en", TWICE, OUTAGE)))
    plain, asked = parting().classify([text, text], asked=[Asked(), Asked({"auto": 1.1})])
    assert [theme.action for theme in plain.themes] == ["auto", "auto"]
    assert [theme.action for theme in asked.themes] == ["suggest", "suggest"]
    assert [replace(theme, action=None) for theme in plain.themes] == [
        replace(theme, action=None) for theme in asked.themes
    ]


# ---- what carried it, what is near, what is new


def as_messages(texts: list[str]) -> list[Message]:
    return [message(text) for text in texts]


def test_evidence_lies_in_the_message_and_shares_what_spoke(classifier: Classifier) -> None:
    around = "[EXTERNAL] Ticket #4411 has been created\n\n", "\n\nKind regards,\nRavi\n"
    texts = [f"{around[0]}  {row.text.replace(' ', '  ')}{around[1]}" for row in ROWS]
    for row, text, said in zip(ROWS, texts, classifier.classify(as_messages(texts)), strict=True):
        assert 1 <= len(said.evidence) <= 3
        assert sum(one.weight for one in said.evidence) <= 1 + 1e-3
        weights = [one.weight for one in said.evidence]
        assert weights == sorted(weights, reverse=True)
        for one in said.evidence:
            start, end = one.span
            assert len(around[0]) <= start < end <= len(text) - len(around[1])
            part = " ".join(text[start:end].split())
            assert f" {part} " in f" {row.text} ", "whole words"


def test_without_a_theme_there_is_no_evidence() -> None:
    (said,) = deciding(suggest=1.1, auto=1.1).classify([message(TEXTS[TWICE]["en"][0])])
    assert (said.themes, said.evidence) == ((), ())


def test_neighbours_come_only_when_asked(classifier: Classifier) -> None:
    text = message(TEXTS[TWICE]["en"][0])
    plain, *asked = classifier.classify([text] * 4, asked=[Asked(neighbours=most) for most in (0, 1, 3, 100)])
    assert plain.neighbours == ()
    assert [len(one.neighbours) for one in asked] == [1, 3, len(ROWS)]
    for one in asked:
        assert one.neighbours[0].text == ROWS[0].text
        assert one.neighbours[0].theme == TWICE
        similar = [near.similarity for near in one.neighbours]
        assert similar == sorted(similar, reverse=True)
        assert replace(one, neighbours=()) == plain


def test_novelty_comes_with_neighbours_and_never_without() -> None:
    texts = [message(TEXTS[TWICE]["en"][0]), message("qqq zzz xxkxx vvv wwq")]
    familiar, strange = Classifier(tiny_model()).classify(texts)
    assert familiar.novelty is not None
    assert strange.novelty is not None
    assert 0 < strange.novelty < familiar.novelty <= 1
    bare = Classifier(replace(tiny_model(), neighbours=None))
    for one in bare.classify(texts, asked=[Asked(neighbours=3)] * 2):
        assert (one.novelty, one.neighbours) == (None, ())


def test_what_is_like_nothing_known_fits_no_theme_where_no_head_could_tell() -> None:
    known = tiny_model().neighbours
    assert known is not None
    strict = Neighbours(known.rows, known.vectors, known.centring, np.linspace(0.995, 0.999, 200))
    strict_model = replace(tiny_model(), neighbours=strict)
    (said,) = Classifier(strict_model).classify([message("qqq zzz xxkxx vvv wwq")])
    assert said.novelty is not None
    assert said.novelty <= NOVEL
    assert said.reasons[0] == "no_theme_fits"
    assert (said.themes, said.evidence) == ((), ())
    head = strict_model.heads["theme"]
    told = replace(head, labels=("none", *head.labels[1:]))
    telling = replace(strict_model, heads={**strict_model.heads, "theme": told})
    (said,) = Classifier(telling).classify([message(TEXTS[LATE]["en"][0] + " qqq")])
    assert (said.novelty or 1) <= NOVEL
    assert theme_of(said) == LATE, "a head that learned what fits no theme decides itself"


def test_several_issues_evidence_and_neighbours_are_the_same_alone_and_in_a_batch() -> None:
    classifier = parting()
    texts = [" ".join(issues(*issue)) for issue in ISSUES[::5]] + [row.text for row in ROWS[::7]]
    asked = [Asked(neighbours=number % 4) for number in range(len(texts))]
    together = classifier.classify(as_messages(texts), asked=asked)
    alone = [
        classifier.classify([message(text)], asked=[wish])[0] for text, wish in zip(texts, asked, strict=True)
    ]
    assert alone == together
    assert any(len(one.themes) == 2 for one in together)

from dataclasses import replace

import pytest
from fakes import TEXTS, message

from service.classify.pipeline import Classifier
from service.values import Classification, Span

AROUND = {
    "en": (
        "[EXTERNAL] Ticket #4411 has been created\n\n",
        "\n\nKind regards,\nRavi Kumar\n\nSent from my iPhone\n\nOn Mon, Mar 4, 2024 at "
        "10:22 AM Care <care@example.com> wrote:\n> Where can I find the opening times?\n",
    ),
    "te": (
        "టికెట్ #4411 సృష్టించబడింది\n\n",
        "\n\nఇట్లు,\nరవి కుమార్\n\nనా iPhone నుండి పంపబడింది\n\n-----Original Message-----\n"
        "From: Care <care@example.com>\nSent: Monday, 4 March 2024 10:22\nTo: Ravi\nSubject: RE: Order\n\n"
        "Dear customer, your parcel is late and the internet is down.\n",
    ),
    "ne": (
        "एजेन्ट (10:02): नमस्ते, के सहयोग गर्न सक्छु?\nग्राहक (10:03): ",
        "\nएजेन्ट (10:04): तपाईंको पार्सल ढिलो भएको छ, माफ गर्नुहोस्।\n",
    ),
}


def without_places(said: Classification) -> Classification:
    themes = tuple(replace(theme, spans=()) for theme in said.themes)
    return replace(said, themes=themes, evidence=tuple(replace(one, span=(0, 0)) for one in said.evidence))


def marked(said: Classification) -> list[Span]:
    return [*(span for theme in said.themes for span in theme.spans), *(one.span for one in said.evidence)]


@pytest.mark.parametrize("language", sorted(AROUND))
@pytest.mark.parametrize("theme", sorted(TEXTS))
def test_a_message_with_a_mail_around_it_is_classified_as_the_message_alone(
    classifier: Classifier, theme: str, language: str
) -> None:
    above, below = AROUND[language]
    for text in TEXTS[theme][language]:
        alone, around = classifier.classify([message(text), message(above + text + below)])
        assert without_places(around) == without_places(alone)
        for mine, theirs in zip(marked(alone), marked(around), strict=True):
            assert text[slice(*mine)] == (above + text + below)[slice(*theirs)]


def test_a_page_of_markup_is_classified_as_what_it_shows(classifier: Classifier) -> None:
    text = "I was charged twice for one order"
    page = "<html><style>p {}</style><p>I was charged <b>twice</b>\nfor one&nbsp;order</p></html>"
    alone, shown = classifier.classify([message(text), message(page)])
    assert without_places(shown) == without_places(alone)
    assert [page[slice(*span)] for theme in shown.themes for span in theme.spans] == [
        "I was charged <b>twice</b>\nfor one&nbsp;order"
    ]

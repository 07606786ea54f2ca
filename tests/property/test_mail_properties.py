from hypothesis import given, settings
from hypothesis import strategies as st

from service.text import body, normalise
from service.text.markup import is_markup

FURNITURE = [
    "On Mon, Mar 4, 2024 at 10:22 AM Care <care@example.com> wrote:\n",
    "Am 04.03.2024 um 10:22 schrieb Care <care@example.com>:\n",
    "客服 <care@example.com> 于2024年3月4日周一 10:22写道：\n",
    "> quoted, once.\n",
    ">> quoted twice\n",
    ">\n",
    "-----Original Message-----\n",
    "---------- Forwarded message ---------\n",
    "From: Care <care@example.com>\nSent: Monday\nTo: Ravi\nSubject: Order\n",
    "From: Hyderabad\n",
    "To: Delhi\n",
    "Sent from my iPhone\n",
    " Sent from my iPhone",
    "Get Outlook for Android\n",
    "<https://aka.ms/x>\n",
    "-- \n",
    "______\n",
    "Regards,\n",
    "ధన్యవాదాలు\n",
    "भवदीय,\nराम\n",
    "Ravi Kumar\n",
    "This e-mail and any attachments are confidential; intended recipient only.\n",
    "Virus-free. www.avast.com\n",
    "##- Please type your reply above this line -##\n",
    "[EXTERNAL] ",
    "Ticket #123 has been created\n",
    "Hello, how can I help you?\n",
    "Agent Maria (10:02): ",
    "Customer: ",
    "కస్టమర్ (10:03): ",
    "My card is blocked since Monday and nobody helps.\n",
    "నా కార్డు బ్లాక్ అయింది.\n",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\u200b",
    "।",
]
MARKUP = [
    "<p>", "</p>", "<br>", "<div>", "</div>", "<b>", "<blockquote>", "</blockquote>", "<td>", "<html>",
    "<div class='gmail_quote'>", "<style>", "</style>", "<!--", "-->", "<", ">", "p>", "&nbsp;",
    "&amp;", "&lt;", "&gt;", "&amp;lt;p&amp;gt;", "<p style='display:none'>",
]  # fmt: skip
ANY = st.text(st.characters(), max_size=12)
PLAIN = st.lists(st.one_of(st.sampled_from(FURNITURE), ANY), max_size=14).map("".join)
MAILS = st.lists(st.one_of(st.sampled_from(FURNITURE + MARKUP), ANY), max_size=16).map("".join)


@given(MAILS)
@settings(max_examples=600, deadline=None)
def test_reading_a_body_again_changes_nothing(text):
    once = body(text).text
    assert body(once).text == once


@given(MAILS)
@settings(max_examples=300, deadline=None)
def test_a_text_with_something_to_read_keeps_something_to_read(text):
    assert bool(normalise(body(text).text)) == bool(normalise(text))


@given(PLAIN, st.data())
@settings(max_examples=400, deadline=None)
def test_every_kept_character_of_a_plain_text_is_found_in_the_original(text, data):
    if is_markup(text):
        return
    kept = body(text)
    assert "".join(text[start:end] for start, end in kept.pieces) == kept.text
    places = [kept.original_span(index, index + 1) for index in range(len(kept.text))]
    assert [text[start:end] for start, end in places] == list(kept.text)
    if kept.text:
        start = data.draw(st.integers(0, len(kept.text) - 1))
        end = data.draw(st.integers(start + 1, len(kept.text)))
        first, last = kept.original_span(start, end)
        assert (first, last) == (places[start][0], places[end - 1][1])


@given(MAILS)
@settings(max_examples=300, deadline=None)
def test_pieces_lie_in_the_original_in_order(text):
    kept = body(text)
    edges = [edge for piece in kept.pieces for edge in piece]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)
    assert len(kept.starts) == len(kept.pieces)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<>:-—[【@&"), max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_text_of_one_line_without_signs_of_a_mail_comes_back_unchanged(text):
    line = " ".join(text.split())
    assert body(line).text == line

"""A mail in HTML as the text its reader saw, with the place of every piece in the source.

`html.parser` of the standard library is not used: the one in Python 3.11 takes quadratic time on broken tags
(CVE-2025-6069). beautifulsoup4 gives places of tags, not of text, and selectolax none. One pattern
that never looks back does what a mail needs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field


def _listed(spaced: str) -> frozenset[str]:
    return frozenset(spaced.split())


_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<[!?][^<>]*>"
    r"|<(?P<close>/?)(?P<name>[a-z][a-z0-9]*(?::[a-z]+)?)(?=[\s/>])(?P<attributes>[^<>]*)>"
    r"|(?P<entity>&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});)|(?P<space>\s+)",
    re.IGNORECASE | re.DOTALL,
)
_DOCUMENT = re.compile(r"<(?:!doctype\s+html|html|body)[\s>]", re.IGNORECASE)
_INLINE = _listed(
    "a abbr b big center cite code em font i img ins label mark s small span strike strong sub sup tt u wbr "
    "input button picture source"
)
_BLOCKS = _listed(
    "address article aside blockquote dd details div dl dt figure footer form h1 h2 h3 h4 h5 h6 header hr "
    "html body li main nav ol pre section table tbody tfoot thead tr ul base meta link"
)
_CELLS = _listed("td th")
_HIDDEN = _listed("head style script title template object svg noscript")
_TAGS = _INLINE | _BLOCKS | _CELLS | _HIDDEN | {"p", "br"}
_VOID = _listed("br hr img input meta link base wbr source")
_INVISIBLE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_QUOTE = re.compile(r"gmail_quote|yahoo_quoted|protonmail_quote|zmail_extra", re.IGNORECASE)

FEWEST_BREAKS, FEWEST_TAGS = 2, 4

Token = tuple[int, int, str | None]
"""Start and end in the source, and the text that stands for it; None where it stands for itself."""


def is_markup(text: str) -> bool:
    """Whether the text is written in HTML, not merely about it.

    >>> is_markup("Your page shows <br> and <p> tags"), is_markup("<p>Where is my parcel?</p>")
    (False, True)
    """
    if "<" not in text:
        return False
    if _DOCUMENT.search(text):
        return True
    found = [match for match in _TOKEN.finditer(text) if _is_tag(match)]
    breaks = sum(match["name"].lower() == "br" for match in found)
    begins = len(found) > 1 and not text[: found[0].start()].strip()
    return begins or breaks >= FEWEST_BREAKS or len(found) >= FEWEST_TAGS


def read_markup(text: str, *, without: frozenset[str] = frozenset()) -> list[Token]:
    """What the reader saw, piece by piece, in order.

    `without`: "blockquote" leaves out block quotes, "quote" the containers mail programs put quotes in."""
    page = _Page(text, without, flows=bool(re.search(r"<(?:br|p|div|tr|li)[\s/>]", text, re.IGNORECASE)))
    done = 0
    for match in _TOKEN.finditer(text):
        if not page.hidden and match.start() > done:
            page.add(done, match.start(), None)
        if match["space"]:
            page.space(match.start(), match.end())
        elif match["entity"]:
            page.entity(match.start(), match.end())
        elif match["name"] and not _is_tag(match):
            if not page.hidden:
                page.add(match.start(), match.end(), None)
        elif match["name"]:
            page.tag(match)
        done = match.end()
    if not page.hidden and done < len(text):
        page.add(done, len(text), None)
    return page.tokens


def shown_text(text: str, tokens: list[Token]) -> str:
    """The text the tokens make."""
    return "".join(_texts(text, tokens))


def _texts(text: str, tokens: list[Token]) -> Iterator[str]:
    for start, end, shown in tokens:
        yield text[start:end] if shown is None else shown


def _is_tag(match: re.Match[str]) -> bool:
    name = match["name"]
    return name is not None and (name.lower() in _TAGS or ":" in name)


@dataclass(slots=True)
class _Page:
    text: str
    without: frozenset[str]
    flows: bool
    """Whether tags make the line breaks; where there are none of these, those of the source count."""
    tokens: list[Token] = field(default_factory=list)
    breaks: int = 2
    """Line breaks the page ends with, as far as two; an empty page needs none."""
    spaced: bool = True
    hidden: str = ""
    """The element that hides what follows, and how deep inside its like we are."""
    depth: int = 0

    def add(self, start: int, end: int, shown: str | None) -> None:
        self.tokens.append((start, end, shown))
        self.breaks, self.spaced = 0, False

    def space(self, start: int, end: int) -> None:
        if self.hidden:
            return
        if not self.flows and self.text[start:end].isspace():
            self.add(start, end, None)
        elif not self.spaced:
            self.tokens.append((start, end, " "))
            self.spaced = True

    def entity(self, start: int, end: int) -> None:
        if not self.hidden:
            source = self.text[start:end]
            character = html.unescape(source)
            self.add(start, end, None if character == source else character)

    def tag(self, match: re.Match[str]) -> None:
        name, opens = match["name"].lower(), not match["close"]
        if self.hidden:
            if name == self.hidden and not match["attributes"].endswith("/"):
                self.depth += 1 if opens else -1
            if self.depth == 0:
                self.hidden = ""
            return
        if opens and name not in _VOID and self._hides(name, match["attributes"]):
            self.hidden, self.depth = name, 1
            return
        if name == "br":
            self._break(match, self.breaks + 1)
        elif name == "p":
            self._break(match, 2)
        elif name in _BLOCKS:
            self._break(match, 1)
        elif name in _CELLS:
            self.space(match.start(), match.end())

    def _break(self, match: re.Match[str], wanted: int) -> None:
        if wanted > self.breaks and (self.tokens or match["name"].lower() == "br"):
            self.tokens.append((match.start(), match.end(), "\n" * (wanted - self.breaks)))
            self.breaks = wanted
        self.spaced = True

    def _hides(self, name: str, attributes: str) -> bool:
        if attributes.endswith("/"):
            return False
        return (
            name in _HIDDEN
            or _INVISIBLE.search(attributes) is not None
            or (name == "blockquote" and "blockquote" in self.without)
            or ("quote" in self.without and _QUOTE.search(attributes) is not None)
        )

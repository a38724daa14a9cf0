"""Which piece of a text to quote, and where in it the match is. Pieces, never HTML: whoever shows them escapes them."""

from search.analysis import ENGLISH, Language, fold, spots_of
from search.engine import Fragment, Fragments

EXCERPT = 220
"""About how many characters of a text are quoted."""
LOOKED_AT = 20_000
"""Only so many characters of a text are looked through for the best piece."""
PLACES_PER_TERM = 40
"""After so many places of one word the others will not be better."""
LEAD_IN = 30
"""How many characters are quoted before the first match."""


def marked(text: str, terms: frozenset[str], language: Language = ENGLISH) -> Fragments:
    """The whole of `text` with the words marked that `terms` find."""
    return _cut(text, language.places(text, terms)) if terms else (Fragment(text, is_match=False),)


def excerpt(text: str, terms: frozenset[str], language: Language = ENGLISH) -> Fragments:
    """The piece of `text` that shows the most different of the `terms`, or its beginning; empty for an empty text."""
    text = text[:LOOKED_AT]
    start = _best_start(text, terms)
    end = len(text) if start + EXCERPT >= len(text) else _space_before(text, start + EXCERPT)
    piece = " ".join(text[start:end].split())
    if not piece:
        return ()
    fragments = list(marked(piece, terms, language))
    if start > 0:
        fragments.insert(0, Fragment("… ", is_match=False))
    if end < len(text):
        fragments.append(Fragment(" …", is_match=False))
    return tuple(fragments)


def _best_start(text: str, terms: frozenset[str]) -> int:
    """Where the piece with the most different terms begins.

    The places are found by the beginnings of the terms alone, because reading a whole text word by word costs more than the
    search itself; what is marked in the piece is decided word by word afterwards.
    """
    rough = text.lower() if text.isascii() else fold(text)
    spots = sorted((place, index) for index, term in enumerate(terms) for place in spots_of(rough, term, PLACES_PER_TERM))
    best, best_start, first = 0, 0, 0
    for last, (place, _) in enumerate(spots):
        while place - spots[first][0] > EXCERPT - 2 * LEAD_IN:
            first += 1
        worth = len({index for _, index in spots[first : last + 1]})
        if worth > best:
            best, best_start = worth, spots[first][0]
    # Near the end of the text the piece begins earlier, so that it is as long as elsewhere.
    start = min(best_start - LEAD_IN, len(text) - EXCERPT + LEAD_IN)
    return _space_before(text, start) + 1 if start > 0 else 0


def _space_before(text: str, place: int) -> int:
    space = text.rfind(" ", max(0, place - LEAD_IN), place)
    return space if space >= 0 else place


def _cut(text: str, spans: list[tuple[int, int]]) -> Fragments:
    fragments: list[Fragment] = []
    at = 0
    for start, end in spans:
        if start > at:
            fragments.append(Fragment(text[at:start], is_match=False))
        fragments.append(Fragment(text[start:end], is_match=True))
        at = end
    if at < len(text) or not fragments:
        fragments.append(Fragment(text[at:], is_match=False))
    return tuple(fragments)

"""What was typed, narrowed or widened by one press: the text of the search that a link leads to."""

from collections.abc import Callable

from search.engine import Facet, Freshness, Sort
from search.facts import facet_term
from search.syntax import Piece, cleaned, is_read_whole, pieces, state_named


def with_tag(text: str, tag: str) -> str:
    """Only questions with this tag."""
    return _with(_without(text, lambda piece: _is_tag(piece, tag)), f"tag:{tag}")


def without_tag(text: str, tag: str) -> str:
    """Questions with other tags too."""
    return _without(text, lambda piece: piece.wanted and _is_tag(piece, tag))


def with_state(text: str, state: Freshness) -> str:
    """Answers in this state, and in no other one that was asked for."""
    return _with(
        _without(text, lambda piece: _state(piece) is state or (piece.wanted and _state(piece) is not None)), f"is:{state}"
    )


def without_state(text: str, state: Freshness) -> str:
    """This state is not asked for any more."""
    return _without(text, lambda piece: piece.wanted and _state(piece) is state)


def sorted_by(text: str, sort: Sort) -> str:
    """The same in another order."""
    text = _without(text, lambda piece: piece.name == "sort" and piece.wanted and piece.value.lower() in set(Sort))
    return text if sort is Sort.RELEVANCE else _with(text, f"sort:{sort}")


def _state(piece: Piece) -> Freshness | None:
    state = state_named(piece.value) if piece.name == "is" else None
    return state if isinstance(state, Freshness) else None


def _is_tag(piece: Piece, tag: str) -> bool:
    return piece.name == "tag" and facet_term(Facet.TAG, piece.value) == facet_term(Facet.TAG, tag)


def _without(text: str, is_meant: Callable[[Piece], bool]) -> str:
    text = cleaned(text)
    for piece in reversed([*filter(is_meant, pieces(text))]):
        text = f"{text[: piece.start]} {text[piece.end :]}"
    return " ".join(text.split())


def _with(text: str, part: str) -> str:
    """With `part` at its end; where so much was typed that its end is not read, at its beginning."""
    longer = f"{text} {part}".strip()
    return longer if is_read_whole(longer) else f"{part} {text}"

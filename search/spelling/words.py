"""Which words a text has, as they are written, and which of them are codes."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from search.analysis import Language
from search.engine import Document

LONGEST = 32
"""Longer ones are keys and addresses, not words."""
SHORTEST = 4
"""Of shorter ones nearly every other is like them."""
MOST = 1500
"""So many different words of a question are kept, the first ones."""


class Word(NamedTuple):
    """A word of a text."""

    text: str
    """In small letters, with its accents."""
    term: str
    """What the engines find it under."""
    is_code: bool
    """Written like the name of an error or a class: `EACCES`, `NullPointer`."""


class Place(NamedTuple):
    """A word, and where it stands in the text."""

    word: Word
    start: int
    end: int


def words_in(text: str, language: Language) -> Iterator[Place]:
    """The single words of `text`: nothing with digits or signs in it, no stop words, and no script without spaces."""
    for reading, start, end in language.readings(text):
        token = text[start:end]
        single = len(reading.spoken) == 1 and not (reading.common or reading.in_pairs)
        if single and SHORTEST <= len(token) <= LONGEST and not any(_is_no_letter(one) for one in token):
            yield Place(Word(token.casefold(), reading.spoken[0], is_code(token)), start, end)


def is_code(token: str) -> bool:
    """Whether capitals stand where no sentence puts them."""
    return token[1:] != token[1:].lower()


def of_documents(documents: Iterable[Document], language: Language) -> list[Word]:
    """The different words of a question with all its answers and comments, in order. Names of people are left out."""
    found: dict[Word, None] = {}
    for document in documents:
        for text in (document.title, *document.tags, document.product, document.body, document.comments):
            for place in words_in(text, language):
                found[place.word] = None
                if len(found) == MOST:
                    return sorted(found)
    return sorted(found)


def _is_no_letter(character: str) -> bool:
    return character.isdigit() or character in "_.@:+#'’-"

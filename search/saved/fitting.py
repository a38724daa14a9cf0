"""Whether a question fits a saved search, without an index: the question's rows are looked at as the database engine would.

So thousands of searches can be asked whether they want the one question that has just changed. What has to be read of each of
them is one word, its key: a search whose key the question has not cannot fit.
"""

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import Row

from search.analysis import ANALYSIS_VERSION
from search.database_engine.rows import facet_word, row_of, spaced
from search.database_engine.score import Asked, Averages, Looking
from search.database_engine.wanted import Term
from search.engine import Document, Query
from search.facts import by_question, facet_term
from search.synonyms import Vocabulary

_ANY_LENGTH = Averages(1.0, 1.0)
"""Whether something fits does not depend on how long texts usually are."""


def keyed_as(vocabulary: Vocabulary) -> str:
    """How keys are made now. One that was made otherwise is made again before it is relied on."""
    return f"{ANALYSIS_VERSION} {vocabulary.language.code}"


def key_of(query: Query, vocabulary: Vocabulary) -> str:
    """The longest word that a question has to have to fit, since long words are rare; else a facet; "" where there is neither.

    Synonyms are left out of account: they are seen to in `words_of`, so that another list of them asks for no other keys.
    """
    language = vocabulary.language
    readings = [reading for text in (*query.words, *query.phrases) for reading, _, _ in language.readings(text)]
    # Of what is joined by a hyphen the parts may be missing where a synonym is not.
    words = [one.spoken[0] for one in readings if not one.common and not one.in_pairs and len(one.spoken) == 1]
    facets = [facet_word(facet_term(one.facet, one.value)) for one in query.facets if one.wanted]
    return max(words, key=len, default=facets[0] if facets else "")


class ChangedQuestion:
    """A question with its answers, ready to be held against many searches."""

    def __init__(self, documents: Sequence[Document], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        made = [row_of(document, vocabulary.language) for document in documents]
        self._rows = cast("list[Row[Any]]", [SimpleNamespace(**row) for row in made])  # looked at by the names of its columns
        self.question_id = documents[0].question_id
        self.keys = _keys((row[name] for row in made for name in ("title_words", "words")), vocabulary)

    def fits(self, query: Query) -> bool:
        """Whether the query finds this question, with all of its words."""
        language, vocabulary = self._vocabulary.language, self._vocabulary
        asked = [alike for text in query.words for alike in vocabulary.asked(text)]
        exactly = [alike for text in query.phrases for alike in vocabulary.exactly(text)]
        terms = [Term(alike, 0, 1.0) for alike in dict.fromkeys([*asked, *exactly])]
        if not terms and not query.is_narrowed:
            return False  # only words that nearly every text has: nothing was looked for
        phrases, without = (
            [spaced(words) for text in texts if (words := language.phrase(text).split())]
            for texts in (query.phrases, query.without)
        )
        return bool(Looking(Asked(query, terms, phrases, without, _ANY_LENGTH)).score(self._rows))


def changed_questions(documents: Iterable[Document], vocabulary: Vocabulary) -> list[ChangedQuestion]:
    """The documents by question."""
    return [ChangedQuestion(group, vocabulary) for _, group in by_question(documents)]


def _keys(texts: Iterable[str], vocabulary: Vocabulary) -> frozenset[str]:
    """All words of a question, with what means the same as one of them."""
    words = {word for text in texts for word in text.split()}
    return frozenset(words.union(*(vocabulary.groups[word] for word in words & vocabulary.groups.keys())))

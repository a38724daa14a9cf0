"""Why a search found what it found: the search itself once more, its factors kept apart."""

from collections.abc import Sequence
from typing import Any

from search import ranking
from search.database_engine.find import Finding
from search.database_engine.score import Found, Looking, count_of
from search.database_engine.wanted import Term
from search.engine import Counts, Cursor, Results
from search.explaining import best_of, factors
from search.explanation import Explanation, TermPart


class Explaining(Finding):
    """A `Finding` that explains the page it makes."""

    explanations: tuple[Explanation, ...] = ()
    """Of every hit of the last search, best first."""

    def search(self) -> Results:
        self.explanations = ()
        return super().search()

    def _page(
        self,
        found: Sequence[Found],
        looking: Looking,
        terms: Sequence[Term],
        *,
        more: Cursor | None = None,
        counts: Counts | None = None,
        cut: bool = False,
        quote: bool = True,
    ) -> Results:
        apart = _Apart(looking.asked)
        self.explanations = tuple(apart.explain(one, terms) for one in found[: self.query.limit])
        return super()._page(found, looking, terms, more=more, counts=counts, cut=cut, quote=quote)


class _Apart(Looking):
    """Looks at questions with the parts of their scores kept apart."""

    def explain(self, found: Found, terms: Sequence[Term]) -> Explanation:
        """The parts of what `score` gave."""
        question, answers = found.rows[0], self._answers(found.rows)
        texts = self._texts(question, answers)
        asked = [(row.answer_id, state, row.votes, row.flags) for row, state in answers if self._is_asked_for(row, state)]
        best = best_of(asked)
        return Explanation(
            question_id=found.question_id,
            score=found.score,
            terms=tuple(self._part(term, question, texts) for term in terms),
            factors=factors(question.votes, best),
            by_score=not self.key,
            answer_id=best[0] if best else None,
        )

    def _part(self, term: Term, question: Any, texts: Sequence[Any]) -> TermPart:  # noqa: ANN401 - rows of the documents
        average, words = self.asked.average, tuple(f" {word} " for word in term.words)

        def part(text: str, length: int, usual: float, dilution: float) -> float:
            count = count_of(text, words)
            return ranking.in_text(count, ranking.norm(length, usual, dilution)) if count else 0.0

        return TermPart(
            words=term.words,
            rarity=term.rarity,
            in_title=ranking.TITLE * part(question.title_words, question.title_length, average.title, ranking.B_TITLE),
            in_text=max(part(row.words, row.length, average.text, ranking.B_BODY) for row in texts),
        )

"""A search from the query to the hits, on one snapshot."""

from collections.abc import Callable
from dataclasses import replace as changed

from search import ranking
from search.engine import Cursor, Hit, Query, Results
from search.highlight import excerpt, marked
from search.synonyms import Vocabulary
from search.whoosh_engine.match import Match, Term
from search.whoosh_engine.order import Found, Order
from search.whoosh_engine.schema import BODY_TEXT, TITLE_TEXT
from search.whoosh_engine.snapshot import Snapshot


def find(snapshot: Snapshot, query: Query, vocabulary: Vocabulary) -> Results:
    """What `query` finds: where no question has all the words, those with the most telling ones; without words, the latest."""
    match = Match(snapshot, query, vocabulary)
    terms = match.terms(query.words, query.phrases)
    if not terms and not query.is_narrowed:
        return Results(only_common_words=True)
    order = Order(match, by_text=bool(terms))
    candidates, relaxed = match.with_all(terms) if terms else match.all_there_are(), False
    if not candidates and len(terms) > 1:
        terms, relaxed = telling(terms), True
        candidates = match.with_any(terms)
    candidates = order.in_order(candidates)
    counts = order.counts(candidates) if query.counting else None
    page = _page(order, order.best(candidates, query.limit + 1), terms)
    common = not terms and bool(query.words or query.phrases)
    return changed(page, relaxed=relaxed and bool(page.hits), only_common_words=common, counts=counts)


def find_similar(snapshot: Snapshot, query: Query, without: int | None, vocabulary: Vocabulary) -> Results:
    """Questions that share the most telling of the query's words, without the question `without`."""
    match = Match(snapshot, query, vocabulary)
    order, terms = Order(match), telling(match.terms(query.words))
    found = order.best(match.with_any(terms), query.limit + (without is not None))
    return _page(order, [one for one in found if one.question_id != without][: query.limit], terms, quote=False)


def telling(terms: list[Term]) -> list[Term]:
    """The rarest of the terms that occur at all."""
    return [term for term in terms if term.documents][: ranking.RAREST]


def _page(order: Order, found: list[Found], terms: list[Term], *, quote: bool = True) -> Results:
    page = found[: order.query.limit]
    wanted = frozenset(word for term in terms for word in term.words)
    told_by = [order.match.told_by(leaf, terms) for leaf in order.match.snapshot.leaves]
    hits = tuple(_hit(order, one, told_by[one.leaf], wanted, quote=quote) for one in page)
    more = Cursor(page[-1].score, page[-1].question_id) if len(found) > len(page) else None
    return Results(hits, more)


def _hit(order: Order, one: Found, told: Callable[[int], float], wanted: frozenset[str], *, quote: bool) -> Hit:
    leaf = order.match.snapshot.leaves[one.leaf]
    answer = order.best_answer(leaf, one.first, told)
    shown = answer[0] if answer else one.first
    quoted = one.first if told(one.first) > told(shown) else shown
    answers, language = leaf.segment.facts.answer, order.match.language
    return Hit(
        question_id=one.question_id,
        score=one.score,
        title=marked(leaf.segment.text(TITLE_TEXT, one.first), wanted, language),
        answer_id=answers[shown] or None,
        freshness=answer[1] if answer else None,
        excerpt=excerpt(leaf.segment.text(BODY_TEXT, quoted), wanted, language) if quote else (),
        excerpt_answer_id=(answers[quoted] or None) if quote else None,
    )

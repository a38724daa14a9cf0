"""What a changed question means for saved searches: handler of `question.changed`.

Every search is asked by its key alone; only of those whose key the question has is the rest read. What fits is written down, once
for ever, and told by `search.saved.telling`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, select, union_all, update

from app.db import db, insert_into, transaction
from app.outbox import EMITTED_AT, Payload
from community.models import Answer, Question
from search import syntax
from search.documents import batches, documents_of
from search.saved.fitting import ChangedQuestion, changed_questions, key_of, keyed_as
from search.saved.models import Notify, SavedSearch, SavedSearchFind
from search.site import current_vocabulary, current_zone
from search.synonyms import Vocabulary

AT_ONCE = 500
"""So many searches are read in one statement."""

_ids: BindParameter[int] = bindparam("ids", expanding=True)
_SEARCHES = select(SavedSearch.id, SavedSearch.user_id, SavedSearch.key, SavedSearch.keyed_as, SavedSearch.since).where(
    SavedSearch.notify != Notify.OFF
)
_TEXTS = select(SavedSearch.id, SavedSearch.text).where(SavedSearch.id.in_(_ids))
_HAPPENED = union_all(
    select(Question.id.label("question_id"), Question.created_at.label("at"), Question.author_id).where(
        Question.id.in_(_ids), Question.removed_at.is_(None)
    ),
    select(Answer.question_id, Answer.created_at, Answer.author_id).where(
        Answer.question_id.in_(_ids), Answer.removed_at.is_(None)
    ),
)
_FOUND = select(SavedSearchFind.search_id, SavedSearchFind.question_id).where(SavedSearchFind.question_id.in_(_ids))


class Happened(NamedTuple):
    """A question was asked, or answered."""

    at: datetime
    author_id: int


class Waiting(NamedTuple):
    """A saved search whose owner wants to hear of what is new."""

    id: int
    user_id: int
    key: str
    since: datetime

    def is_news(self, happened: Iterable[Happened]) -> bool:
        """Whether somebody else asked or answered since."""
        return any(one.at > self.since and one.author_id != self.user_id for one in happened)


Find = tuple[int, int]
"""A search and a question."""


def look(payloads: Sequence[Payload]) -> None:
    """Handler of `question.changed`: write down which saved searches these questions are new for. Harmless when run twice.

    New is what was asked or answered by somebody else since the search was saved.
    """
    now, vocabulary = max(payload[EMITTED_AT] for payload in payloads), current_vocabulary()
    searches = _waiting(vocabulary, now)
    if not searches:
        return
    oldest = min(search.since for search in searches)
    for ids in batches({payload["question_id"] for payload in payloads}, AT_ONCE):
        happened = _happened(ids)
        recent = [one for one, acts in happened.items() if any(act.at > oldest for act in acts)]
        known = {(row.search_id, row.question_id) for row in db.session.execute(_FOUND, {"ids": recent})}
        questions = changed_questions(documents_of(recent), vocabulary)
        wanted = [one for one in _candidates(questions, searches, happened) if (one[0], one[1].question_id) not in known]
        _write(_fitting(wanted, now), now)


def _waiting(vocabulary: Vocabulary, now: datetime) -> list[Waiting]:
    rows, made = db.session.execute(_SEARCHES).all(), keyed_as(vocabulary)
    db.session.rollback()
    old = {row.id for row in rows if row.keyed_as != made}
    if old:
        _key_again(old, vocabulary, now)
    return [Waiting(row.id, row.user_id, "" if row.id in old else row.key, row.since) for row in rows]


def _key_again(search_ids: Collection[int], vocabulary: Vocabulary, now: datetime) -> None:
    """After a change of the site's language or of the analysis."""
    for ids in batches(search_ids, AT_ONCE):
        with transaction() as session:
            for search_id, text in session.execute(_TEXTS, {"ids": ids}).all():
                key = key_of(syntax.read(text, now, zone=current_zone()).query, vocabulary)
                session.execute(
                    update(SavedSearch).where(SavedSearch.id == search_id).values(key=key, keyed_as=keyed_as(vocabulary))
                )


def _happened(ids: Sequence[int]) -> Mapping[int, list[Happened]]:
    found: dict[int, list[Happened]] = defaultdict(list)
    for row in db.session.execute(_HAPPENED, {"ids": list(ids)}):
        found[row.question_id].append(Happened(row.at, row.author_id))
    return found


def _candidates(
    questions: Iterable[ChangedQuestion], searches: Iterable[Waiting], happened: Mapping[int, list[Happened]]
) -> Iterator[tuple[int, ChangedQuestion]]:
    """Which search might want which question."""
    by_key: dict[str, list[Waiting]] = defaultdict(list)
    for search in searches:
        by_key[search.key].append(search)
    for question in questions:
        for key in (question.keys & by_key.keys()) | ({""} & by_key.keys()):
            for search in by_key[key]:
                if search.is_news(happened[question.question_id]):
                    yield search.id, question


def _fitting(wanted: Sequence[tuple[int, ChangedQuestion]], now: datetime) -> list[Find]:
    """Those of the pairs that fit. Each search is read once."""
    questions: dict[int, list[ChangedQuestion]] = defaultdict(list)
    for search_id, question in wanted:
        questions[search_id].append(question)
    found: list[Find] = []
    zone = current_zone()
    for ids in batches(questions, AT_ONCE):
        texts = db.session.execute(_TEXTS, {"ids": ids}).all()
        db.session.rollback()
        for search_id, text in texts:
            query = syntax.read(text, now, zone=zone).query
            found += [(search_id, one.question_id) for one in questions[search_id] if one.fits(query)]
    return found


def _write(found: Sequence[Find], now: datetime) -> None:
    if not found:
        return
    with transaction() as session:
        # Held, so that none is deleted between being read here and being written of.
        ids = sorted({search_id for search_id, _ in found})
        held = select(SavedSearch.id).where(SavedSearch.id.in_(ids)).order_by(SavedSearch.id)
        there = set(session.scalars(held.with_for_update(key_share=True, read=True)))
        rows = [{"search_id": one, "question_id": other, "found_at": now} for one, other in sorted(found) if one in there]
        if rows:
            session.execute(insert_into(session, SavedSearchFind).on_conflict_do_nothing(), rows)

"""What the pages of search show: hits, read again from the database in two statements, however many there are.

The index may lag behind a removal, an edit or an expiry by a moment. So nothing of a hit is shown that the database does not
confirm: removed posts are left out, and an answer's state is computed from its dates as they stand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, FromClause, Row, Select, Text, bindparam, case, cast, func, select

from app.accounts.models import User
from app.db import db
from community.lifecycle import State, next_change, state_at
from community.models import Answer, Question, QuestionTag, Tag
from community.queries.addresses import answer_url, question_url
from community.queries.shared import NO_ANSWER, Freshness, Link, day, freshness, person, tag_pairs
from search import similar, syntax
from search.engine import Condition, Counts, Cursor, Fragment, Fragments, Hit, Query, Sort
from search.engine import Freshness as Word
from search.narrowing import Narrowing, narrowing
from search.site import current_engine, current_zone
from search.spelling.proposal import proposal
from search.syntax import Hint

PAGE_SIZE = 15
SUGGESTION_STATES = (State.FRESH, State.DUE)

_WORD = {
    State.FRESH: Word.CURRENT,
    State.DUE: Word.DUE,
    State.EXPIRED: Word.EXPIRED,
    State.ARCHIVED: Word.ARCHIVED,
}


def _columns(table: FromClause, names: str) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in names.split()]


questions, answers, people = Question.__table__, Answer.__table__, User.__table__
tags, question_tags = Tag.__table__, QuestionTag.__table__

_ids: BindParameter[int] = bindparam("ids", expanding=True)
_tag_names = (
    select(func.aggregate_strings(cast(question_tags.c.position, Text) + " " + tags.c.name, ","))
    .select_from(question_tags.join(tags, tags.c.id == question_tags.c.tag_id))
    .where(question_tags.c.question_id == questions.c.id)
    .scalar_subquery()
    .label("tag_names")
)
"""As "0 roaming,1 esim": a name holds neither a space nor a comma, and the numbers say the order."""
_QUESTIONS: Select[*tuple[Any, ...]] = select(
    *_columns(questions, "id title product release answer_count views score created_at activity_at accepted_answer_id"),
    _tag_names,
).where(questions.c.id.in_(_ids), questions.c.removed_at.is_(None))
_ANSWERS: Select[*tuple[Any, ...]] = (
    select(
        *_columns(answers, "id question_id official state state_reason broken_count fresh_from best_before_at expires_at"),
        *_columns(answers, "archived_at verified_at verified_on verified_by_id"),
        people.c.name.label("verifier_name"),
        people.c.avatar_url.label("verifier_avatar_url"),
        people.c.role.label("verifier_role"),
    )
    .select_from(answers.outerjoin(people, people.c.id == answers.c.verified_by_id))
    .where(answers.c.id.in_(_ids), answers.c.removed_at.is_(None))
)
_TO_CHECK: Select[int] = (
    select(answers.c.id)
    .select_from(answers.join(questions, questions.c.id == answers.c.question_id))
    .where(
        questions.c.id == bindparam("question_id"),
        questions.c.closed_at.is_(None),
        answers.c.removed_at.is_(None),
        answers.c.archived_at.is_(None),
    )
    .order_by(
        case((answers.c.id == bindparam("preferred"), 0), (answers.c.id == questions.c.accepted_answer_id, 1), else_=2),
        answers.c.score.desc(),
        answers.c.id,
    )
    .limit(1)
)
"""The answer a check of which would help most; nothing of a closed question, which is not in the review queue."""


@dataclass(frozen=True, slots=True)
class Result:
    """A question that was found, with the answer that serves best."""

    id: int
    title: Fragments
    url: str
    """Of the answer where there is one, else of the question."""
    answer_id: int | None
    excerpt: Fragments
    tags: tuple[tuple[str, str], ...]
    product: str
    release: str
    answers: int
    views: int
    votes: int
    asked_at: datetime
    active_at: datetime
    freshness: Freshness
    """Of the answer; state "none" without one."""
    changes_at: datetime | None
    """When the clock will next change what the answer is; None when it will not."""
    accepted: bool
    official: bool
    line: str
    """What matters of it now, in words."""
    line_kind: str
    """"fresh", "due", "gone" or "soft"."""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What the page of a search shows."""

    text: str
    results: tuple[Result, ...] = ()
    hints: tuple[Hint, ...] = ()
    more: Cursor | None = None
    """Where the next page begins; None on the last."""
    is_first: bool = True
    relaxed: bool = False
    only_common_words: bool = False
    available: bool = True
    """False while the index is being made anew."""
    narrowing: Narrowing | None = None
    """What the results can be narrowed by, and what was chosen; None where nothing was typed."""
    sort: Sort = Sort.RELEVANCE
    cut: bool = False
    """Here it ends, though more questions may fit."""
    meant: str = ""
    """What may have been meant instead."""


@dataclass(frozen=True, slots=True)
class Similar:
    """What is like a title that is being typed."""

    links: tuple[Link, ...] = ()
    numbers: tuple[tuple[int, int | None], ...] = ()
    """Of each link: the question, and the answer it leads to."""
    to_check: int | None = None
    """The answer of the one that is most alike, where that is past its date or has expired: who types is better served by a check
    of it than by asking the same again."""
    to_check_title: str = ""


def search_page(text: str, after: Cursor | None, now: datetime) -> SearchPage:
    """What is found for what was typed, after `after`, at `now`."""
    reading = syntax.read(text, now, PAGE_SIZE, after, current_zone())
    found = current_engine().search(replace(reading.query, counting=True))
    return SearchPage(
        text=text,
        results=tuple(results_of(found.hits, reading.query, now)),
        hints=reading.hints,
        more=found.more,
        is_first=after is None,
        relaxed=found.relaxed,
        only_common_words=found.only_common_words,
        available=found.condition is Condition.READY,
        narrowing=narrowing(text, reading.query, found.counts or Counts()),
        sort=reading.query.sort,
        cut=found.cut,
        meant=proposal(text, found, now) if after is None else "",
    )


def results_of(hits: Sequence[Hit], query: Query, now: datetime) -> Iterable[Result]:
    """The hits as the database has them now; without those that are removed or no longer what the query asks for."""
    shown, confirmed = _read(hits)
    asked = query.states or {Word.CURRENT, Word.DUE}
    for hit in hits:
        question = shown.get(hit.question_id)
        if question is None:
            continue
        answer = _confirmed(confirmed, hit.question_id, hit.answer_id, asked, now)
        if hit.answer_id is not None and answer is None and query.states:
            continue
        quoted = hit.excerpt_answer_id
        may_quote = quoted is None or _confirmed(confirmed, hit.question_id, quoted, asked, now) is not None
        yield _result(hit, question, answer, now, hit.excerpt if may_quote else ())


def similar_questions(title: str, now: datetime) -> Similar:
    """Questions like the one whose title is being typed, those with a current answer first; nothing expired as an answer.

    Three statements, however many there are; two more where it is by meaning.
    """
    hits = similar.suggestions(title, now)
    results = list(results_of(hits, Query(now=now), now))
    scores = {hit.question_id: hit.score for hit in hits}
    best = max(results, key=lambda result: scores[result.id], default=None)
    return Similar(
        links=tuple(Link(_plain(result.title), result.url, result.freshness) for result in results),
        numbers=tuple((result.id, result.answer_id) for result in results),
        to_check=_to_check(best),
        to_check_title=_plain(best.title) if best else "",
    )


def _to_check(best: Result | None) -> int | None:
    if best is None or best.freshness.state == State.FRESH or not best.answers:
        return None
    asked = {"question_id": best.id, "preferred": best.answer_id}
    return db.session.connection().execute(_TO_CHECK, asked).scalar()


def _read(hits: Sequence[Hit]) -> tuple[Mapping[int, Row[Any]], Mapping[int, Row[Any]]]:
    if not hits:
        return {}, {}
    answer_ids = {number for hit in hits for number in (hit.answer_id, hit.excerpt_answer_id) if number is not None}
    database = db.session.connection()
    by_id = {row.id: row for row in database.execute(_QUESTIONS, {"ids": [hit.question_id for hit in hits]})}
    return by_id, {row.id: row for row in database.execute(_ANSWERS, {"ids": sorted(answer_ids)})}


def _confirmed(
    rows: Mapping[int, Row[Any]], question_id: int, answer_id: int | None, asked: Iterable[Word], now: datetime
) -> Row[Any] | None:
    """The answer, when it still stands under the question and is what was asked for."""
    answer = rows.get(answer_id or 0)
    if answer is None or answer.question_id != question_id:
        return None
    state = state_at(answer.best_before_at, answer.expires_at, answer.archived_at, now)
    return answer if _WORD[state] in asked else None


def _result(hit: Hit, question: Row[Any], answer: Row[Any] | None, now: datetime, excerpt: Fragments) -> Result:
    is_as_indexed = _plain(hit.title) == question.title
    state = _freshness(answer, now) if answer is not None else NO_ANSWER
    line, kind = _line(state, question.answer_count)
    url = question_url(question.id, question.title)
    names = sorted((question.tag_names or "").split(",")) if question.tag_names else []
    return Result(
        id=question.id,
        title=hit.title if is_as_indexed else (Fragment(question.title, is_match=False),),
        url=answer_url(question.id, question.title, answer.id) if answer is not None else url,
        answer_id=answer.id if answer is not None else None,
        excerpt=excerpt,
        tags=tag_pairs([name.partition(" ")[2] for name in names]),
        product=question.product,
        release=question.release,
        answers=question.answer_count,
        views=question.views,
        votes=question.score,
        asked_at=question.created_at,
        active_at=question.activity_at,
        freshness=state,
        changes_at=answer and next_change(answer.best_before_at, answer.expires_at, answer.archived_at, now),
        accepted=answer is not None and answer.id == question.accepted_answer_id and state.state in SUGGESTION_STATES,
        official=answer is not None and answer.official,
        line=line,
        line_kind=kind,
    )


def _freshness(answer: Row[Any], now: datetime) -> Freshness:
    verifier = None
    if answer.verified_by_id is not None and answer.verifier_name is not None:
        verifier = person(answer.verified_by_id, answer.verifier_name, answer.verifier_avatar_url, answer.verifier_role)
    return freshness(
        answer.fresh_from,
        answer.best_before_at,
        answer.expires_at,
        answer.archived_at,
        now,
        written_state=answer.state,
        written_reason=answer.state_reason,
        checked_by=verifier,
        checked_at=answer.verified_at,
        checked_on=answer.verified_on,
        broken=answer.broken_count,
    )


def _line(state: Freshness, count: int) -> tuple[str, str]:
    """One line in words of what a result is good for now, and its kind."""
    if state.state == State.FRESH and state.best_before is not None:
        checked = f" · checked by {state.checked_by.name}" if state.checked_by else ""
        return (
            f"good until {day(state.best_before)}{checked}{f' on {state.checked_on}' if checked and state.checked_on else ''}",
            "fresh",
        )
    if state.state == State.DUE and state.best_before is not None:
        return f"past its date since {day(state.best_before)}", "due"
    if state.state in (State.EXPIRED, State.ARCHIVED) and state.since is not None:
        return f"{state.state} on {day(state.since)}", "gone"
    return ("needs a current answer", "gone") if count else ("no answer yet", "soft")


def _plain(fragments: Fragments) -> str:
    return "".join(fragment.text for fragment in fragments)

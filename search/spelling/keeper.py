"""Keeps the counts of words in step with the questions: handler of `question.changed`, and the schedule.

Each question's words are written down, so a change adds and takes away what differs, in one transaction: a word that only removed
posts had is gone with them.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, delete, or_, select
from sqlalchemy.orm import Session

from app.db import db, insert_into, transaction
from app.outbox import Payload
from app.pages import touch
from community.models import Question
from search.analysis import ANALYSIS_VERSION, Language
from search.documents import batches, documents_within
from search.engine import Document
from search.site import current_language
from search.spelling.models import QuestionWords, SearchWord
from search.spelling.words import Word, of_documents

WORDS = "search words"
"""The name in page versions that moves when counts do."""
BATCH = 20
"""Questions of one transaction: on SQLite nobody else writes meanwhile."""
SLICE = 1000
"""So many questions the schedule catches up with at once: some two seconds, in transactions of BATCH."""

_ids: BindParameter[int] = bindparam("ids", expanding=True)
_KNOWN = (
    select(QuestionWords.question_id, QuestionWords.made_as, QuestionWords.words)
    .where(QuestionWords.question_id.in_(_ids))
    .order_by(QuestionWords.question_id)
)
_MISSING = (
    select(Question.id)
    .outerjoin(QuestionWords, QuestionWords.question_id == Question.id)
    .where(
        Question.removed_at.is_(None),
        or_(QuestionWords.question_id.is_(None), QuestionWords.made_as != bindparam("made_as")),
    )
    .order_by(Question.id)
    .limit(SLICE)
)

Entry = tuple[str, bool]
"""A word and whether it is a code: a row's key."""


def changed(payloads: Sequence[Payload]) -> None:
    """Handler of `question.changed`: count these questions' words anew. Harmless when run twice."""
    keep({payload["question_id"] for payload in payloads})


def catch_up(_now: datetime) -> None:
    """For the schedule: the next questions whose words nobody has counted, after an import or a change of the language."""
    missing = db.session.scalars(_MISSING, {"made_as": made_as(current_language())}).all()
    db.session.rollback()
    keep(missing)


def keep(question_ids: Collection[int]) -> None:
    """Count the words of these questions as they are now; removed ones have none. Doing it twice is doing it once."""
    for ids in batches(question_ids, BATCH):
        with transaction() as session:
            _keep(session, ids, current_language())


def made_as(language: Language) -> str:
    """How words are read now; questions that were read otherwise are read again."""
    return f"{ANALYSIS_VERSION} {language.code}"


def _keep(session: Session, ids: Sequence[int], language: Language) -> None:
    there = session.scalars(select(Question.id).where(Question.id.in_(ids)).order_by(Question.id)).all()
    blank = [{"question_id": one, "made_as": "", "words": ""} for one in there]
    if not blank:
        return
    # A row for each, so that there is one to hold: of two workers the later one then reads the later state.
    session.execute(insert_into(session, QuestionWords).on_conflict_do_nothing(), blank)
    known = session.execute(_KNOWN.with_for_update(), {"ids": there}).all()
    before = {row.question_id: _read(row.words) for row in known}
    was_read_otherwise = any(row.words and row.made_as != made_as(language) for row in known)
    after = _now(documents_within(there), language)
    change: Counter[Entry] = Counter()
    for one in there:
        change.update(_entry(word) for word in after.get(one, ()))
        change.subtract(before[one])
    terms = {_entry(word): word.term for words in after.values() for word in words}
    if was_read_otherwise:
        change.update(dict.fromkeys(terms, 0))  # each gets its new term, though no count changes
    _count(session, {entry: count for entry, count in change.items() if count or was_read_otherwise}, terms)
    put = insert_into(session, QuestionWords)
    rows = [{"question_id": one, "made_as": made_as(language), "words": _written(after.get(one, ()))} for one in there]
    session.execute(
        put.on_conflict_do_update(
            index_elements=["question_id"], set_={name: put.excluded[name] for name in ("made_as", "words")}
        ),
        rows,
    )


def _count(session: Session, change: Mapping[Entry, int], terms: Mapping[Entry, str]) -> None:
    """Add and take away, in the order of the words, so that two workers never wait for each other crosswise."""
    rows = [
        {"word": word, "is_code": is_code, "term": terms.get((word, is_code), ""), "questions": count}
        for (word, is_code), count in sorted(change.items())
    ]
    if not rows:
        return
    touch(session, WORDS)
    put = insert_into(session, SearchWord)
    total = {"questions": SearchWord.questions + put.excluded.questions}
    new = [row for row in rows if row["term"]]
    gone = [row for row in rows if not row["term"]]
    if new:
        session.execute(
            put.on_conflict_do_update(index_elements=["word", "is_code"], set_={**total, "term": put.excluded.term}), new
        )
    if gone:
        session.execute(put.on_conflict_do_update(index_elements=["word", "is_code"], set_=total), gone)
        none = (SearchWord.is_code.in_([False, True]), SearchWord.questions <= 0)  # said so that the index is of use
        session.execute(delete(SearchWord).where(*none).execution_options(synchronize_session=False))


def _now(documents: Iterable[Document], language: Language) -> dict[int, list[Word]]:
    by_question: dict[int, list[Document]] = defaultdict(list)
    for document in documents:
        by_question[document.question_id].append(document)
    return {one: of_documents(theirs, language) for one, theirs in by_question.items()}


def _entry(word: Word) -> Entry:
    return word.text, word.is_code


def _written(words: Iterable[Word]) -> str:
    return " ".join(("=" if word.is_code else "") + word.text for word in words)


def _read(words: str) -> list[Entry]:
    return [(word.removeprefix("="), word.startswith("=")) for word in words.split()]

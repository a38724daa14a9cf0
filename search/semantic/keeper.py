"""Keeps the vectors in step with the questions. The worker calls this, or a person at a terminal."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from app.db import db, insert_into, transaction
from app.pages import PageVersion
from app.rendering.text import plain_text
from community.models import Question
from search.documents import batches
from search.semantic import near_index
from search.semantic.meaning import MODEL, current_meaning
from search.semantic.models import QuestionVector

BATCH = 100
SLICE = 200
"""What the schedule computes at once: about three seconds, in which the worker does nothing else."""
FIRST_PARAGRAPH = 300
"""So many characters of the first paragraph are read with the title; it says what a short title leaves out."""
_GENERATION = "vectors"
"""The row of page versions that counts the changes here. Who changes it holds it, so numbers and commits come in one order."""

_LIVING = select(Question.id, Question.title, Question.body_html).where(
    Question.id.in_(bindparam("ids", expanding=True)), Question.removed_at.is_(None)
)
_KNOWN = select(QuestionVector.question_id, QuestionVector.model, QuestionVector.text_digest).where(
    QuestionVector.question_id.in_(bindparam("ids", expanding=True))
)
_MISSING = (
    select(Question.id)
    .outerjoin(QuestionVector, QuestionVector.question_id == Question.id)
    .where(
        Question.id > bindparam("after"),
        Question.removed_at.is_(None),
        or_(QuestionVector.question_id.is_(None), QuestionVector.model != MODEL),
    )
    .order_by(Question.id)
)


def text_of(title: str, body: str) -> str:
    """What a question's vector is computed from: its title and the beginning of its text."""
    first = next((line for line in body.splitlines() if line.strip()), "")
    return f"{title}. {first[:FIRST_PARAGRAPH]}" if first else title


def keep(question_ids: Collection[int]) -> None:
    """Bring the vectors of these questions up to date; those that are removed lose theirs, model or no model.

    Computes only what has another text than before. Doing it twice is doing it once.
    """
    for ids in batches(question_ids, BATCH):
        texts = _texts(db.session(), ids)
        known = {row.question_id: (row.model, row.text_digest) for row in db.session.execute(_KNOWN, {"ids": ids})}
        db.session.rollback()  # no transaction stays open while vectors are computed
        gone = [number for number in ids if number not in texts and known.get(number, ("", ""))[1]]
        other = [number for number in texts if known.get(number) != (MODEL, _digest(texts[number]))]
        vectors = _computed({number: texts[number] for number in other})
        if vectors or gone:
            _write(texts, vectors, gone)


def keep_all() -> Iterator[int]:
    """Compute the vector of every question that has none; gives the number done after each batch. Nothing without the model."""
    done = last = 0
    while current_meaning().encoder() is not None and (ids := _missing(last, BATCH)):
        keep(ids)
        last = ids[-1]
        done += len(ids)
        yield done


def catch_up(_now: datetime) -> None:
    """For the schedule: the next questions without a vector, after an import or since the model came, and the index of all.

    Quick otherwise.
    """
    if current_meaning().problem:
        return
    if ids := _missing(0, SLICE):
        keep(ids)
    elif current_meaning().encoder() is not None:
        near_index.make(most=near_index.AT_ONCE)


def count() -> int:
    """How many questions have a vector of this model."""
    of_model = (QuestionVector.model == MODEL, QuestionVector.text_digest != "")
    found = db.session.scalar(select(func.count()).select_from(QuestionVector).where(*of_model)) or 0
    db.session.rollback()
    return found


def _missing(after: int, most: int) -> list[int]:
    found = list(db.session.scalars(_MISSING.limit(most), {"after": after}))
    db.session.rollback()
    return found


def _texts(session: Session, ids: Collection[int]) -> dict[int, str]:
    rows = session.execute(_LIVING, {"ids": list(ids)})
    return {row.id: text_of(row.title, plain_text(row.body_html)) for row in rows}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _computed(texts: Mapping[int, str]) -> dict[int, bytes]:
    if not texts:
        return {}
    vectors = current_meaning().pack(list(texts.values()))
    return dict(zip(texts, vectors, strict=True)) if vectors is not None else {}


def _write(texts: Mapping[int, str], vectors: Mapping[int, bytes], gone: Collection[int]) -> None:
    """Of two workers who computed the same question the one with the present text writes it; the other's is dropped here."""
    with transaction() as session:
        change = _next_change(session)
        present = _texts(session, vectors)
        rows = [
            {"question_id": number, "model": MODEL, "text_digest": _digest(texts[number]), "vector": vector, "change": change}
            for number, vector in vectors.items()
            if present.get(number) == texts[number]
        ]
        if rows:
            put = insert_into(session, QuestionVector)
            columns = ("model", "text_digest", "vector", "change")
            session.execute(
                put.on_conflict_do_update(index_elements=["question_id"], set_={name: put.excluded[name] for name in columns}),
                rows,
            )
        session.execute(
            update(QuestionVector)
            .where(QuestionVector.question_id.in_(gone))
            .values(vector=b"", text_digest="", change=change)
            .execution_options(synchronize_session=False)
        )


def _next_change(session: Session) -> int:
    put = insert_into(session, PageVersion).values(name=_GENERATION, version=1)
    moved = put.on_conflict_do_update(index_elements=["name"], set_={"version": PageVersion.version + 1})
    return session.execute(moved.returning(PageVersion.version)).scalar_one()

"""Duplicates and related questions: set as soon as both ends are here, whichever came last."""

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.importers.bulk import in_parts, known, table_of
from app.importers.report import Report
from app.importers.stackexchange.readers import DUPLICATE, RELATED
from app.importers.stackexchange.stage import Stage
from app.pages import question_key, touch
from community.models import Question

_TOUCHED = """
    SELECT p.thread FROM posts q JOIN links l ON l.related = q.id JOIN posts p ON p.id = l.post
    WHERE q.thread BETWEEN :low AND :high
    UNION
    SELECT p.thread FROM posts p JOIN links l ON l.post = p.id WHERE p.thread BETWEEN :low AND :high ORDER BY 1"""
_LINKS = """
    SELECT l.kind, q.thread FROM posts p JOIN links l ON l.post = p.id JOIN posts q ON q.id = l.related
    WHERE p.thread = ? AND q.thread <> p.thread ORDER BY l.at, l.id"""


def link(session: Session, stage: Stage, source: str, new: Mapping[int, int], report: Report) -> None:
    """Set the links from and to the questions `new` (numbers there → ids here), which are in our tables by now."""
    questions = table_of(Question)
    touched = (row[0] for row in stage.connection.execute(_TOUCHED, {"low": min(new), "high": max(new)}))
    for part in in_parts(touched):
        links = {number: list(stage.rows(_LINKS, (number,))) for number in part}
        ends = known(session, source, "question", {*part, *(other for found in links.values() for _, other in found)})
        related = []
        for number, found in links.items():
            standing = [(kind, other) for kind, other in found if other in ends]
            fresh = [kind for kind, other in standing if number in new or other in new]
            if number not in ends or not fresh:
                continue
            touch(session, question_key(ends[number]))
            similar = dict.fromkeys(ends[other] for kind, other in standing if kind == RELATED)
            if RELATED in fresh:
                related.append({"question": ends[number], "similar": [{"id": other} for other in similar]})
                report.wrote("links to related questions", fresh.count(RELATED))
            if DUPLICATE in fresh:
                originals = (ends[other] for kind, other in standing if kind == DUPLICATE)
                _mark_duplicate(session, ends[number], originals, report)
        if related:
            set_related = update(questions).where(questions.c.id == bindparam("question")).values(related=bindparam("similar"))
            session.execute(set_related, related)


def _mark_duplicate(session: Session, question: int, originals: Iterable[int], report: Report) -> None:
    questions = table_of(Question)
    for original in originals:
        if _leads_to(session, original, question):
            report.pass_over("PostLinks.xml", "a duplicate that leads back to itself")
            continue
        marked = update(questions).where(questions.c.id == question, questions.c.duplicate_of_id.is_(None))
        if session.execute(marked.values(duplicate_of_id=original).returning(questions.c.id)).first():
            report.wrote("duplicates", 1)
        return


def _leads_to(session: Session, start: int, end: int) -> bool:
    seen: set[int] = set()
    following: int | None = start
    while following is not None and following not in seen:
        if following == end:
            return True
        seen.add(following)
        following = session.execute(select(Question.duplicate_of_id).where(Question.id == following)).scalar()
    return False

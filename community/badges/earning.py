"""Who has earned what: the rules put to the deeds, for some people, whether one message asks or the whole of history.

The same statements serve both, so a rule run over history awards what the messages would have brought, with the same dates.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, union
from sqlalchemy.orm import Session

from community.badges.deeds import DEEDS, Deeds
from community.badges.years import years
from community.models import Acceptance, Answer, Question, Verification
from reputation.badges import book
from reputation.badges.book import Earned
from reputation.badges.rules import Rule
from reputation.models import Entry


@dataclass(frozen=True)
class Span:
    """Everybody whose number lies between two, both of them included."""

    first: int
    last: int


def concerned(session: Session, question_ids: Collection[int]) -> set[int]:
    """Whom a question's changes can bring a badge: who asked, answered, accepted, checked or was paid for it. One statement."""
    parts = (
        select(Question.author_id).where(Question.id.in_(question_ids)),
        select(Answer.author_id).where(Answer.question_id.in_(question_ids)),
        select(Acceptance.by_id).where(Acceptance.question_id.in_(question_ids)),
        select(Verification.verifier_id)
        .join(Answer, Answer.id == Verification.answer_id)
        .where(Answer.question_id.in_(question_ids)),
        select(Entry.user_id).where(Entry.question_id.in_(question_ids), Entry.reason == "report_confirmed"),
    )
    found: Iterable[int | None] = session.scalars(union(*parts))
    return {person for person in found if person is not None}


def by_message(session: Session, rules: Iterable[Rule], question_ids: Collection[int]) -> list[Earned]:
    """What the people concerned have earned by now; of badges for one post only those for posts of these questions.

    Nobody is asked about a badge they have for life already. Reads only.
    """
    people = concerned(session, question_ids)
    if not people:
        return []
    have = book.once_earned(session, people)
    once, each = _sorted(rules)
    found: list[Earned] = []
    for (measure, least), group in once.items():
        missing = {person for person in people if any((person, rule.name) not in have for rule in group)}
        if doers := _with_a_part(session, DEEDS[measure](min(least, 1)), missing, question_ids):
            found += _once(session, DEEDS[measure](least), group, doers)
    for (measure, least), group in each.items():
        deeds = DEEDS[measure](least)
        if deeds.of_many:
            doers = _with_a_part(session, DEEDS[measure](1), people, question_ids)
            found += _each(session, deeds, group, doers, None)
        else:
            found += _each(session, deeds, group, people, question_ids)
    return found


def _with_a_part(session: Session, deeds: Deeds, people: Collection[int], question_ids: Collection[int]) -> set[int]:
    """Who of them has a deed in these questions at all. Only theirs are counted: somebody who has answered thousands would
    otherwise be counted through at every vote on a question that they only asked."""
    if not people:
        return set()
    narrowed = deeds.query.where(deeds.person.in_(people), deeds.question.in_(question_ids)).subquery()
    return set(session.scalars(select(narrowed.c.user_id).distinct()))


def by_history(session: Session, rules: Iterable[Rule], span: Span) -> list[Earned]:
    """What these people have ever earned. Reads only."""
    once, each = _sorted(rules)
    found: list[Earned] = []
    for (measure, least), group in once.items():
        found += _once(session, DEEDS[measure](least), group, span)
    for (measure, least), group in each.items():
        found += _each(session, DEEDS[measure](least), group, span, None)
    return found


def _sorted(rules: Iterable[Rule]) -> tuple[dict[tuple[str, int], list[Rule]], dict[tuple[str, int], list[Rule]]]:
    """Rules by measure and score, so that one statement answers for several: those earned once, and those for each deed."""
    once: dict[tuple[str, int], list[Rule]] = defaultdict(list)
    each: dict[tuple[str, int], list[Rule]] = defaultdict(list)
    for rule in rules:
        (each if rule.each else once)[rule.measure, rule.least].append(rule)
    return once, each


def _of(person: ColumnElement[int], people: Collection[int] | Span) -> ColumnElement[bool]:
    return person.between(people.first, people.last) if isinstance(people, Span) else person.in_(people)


def _once(session: Session, deeds: Deeds, rules: Collection[Rule], people: Collection[int] | Span) -> Iterator[Earned]:
    """The deed by which each person reached each goal, in the order of their deeds."""
    wanted = {rule.goal: rule for rule in rules}
    of_people = deeds.query.where(_of(deeds.person, people)).subquery()
    place = func.row_number().over(partition_by=of_people.c.user_id, order_by=(of_people.c.at, of_people.c.ref))
    placed = select(of_people, place.label("place")).subquery()
    for row in session.execute(select(placed).where(placed.c.place.in_(wanted))):
        yield _earned(row, wanted[row.place], "")


def _each(
    session: Session,
    deeds: Deeds,
    rules: Collection[Rule],
    people: Collection[int] | Span,
    question_ids: Collection[int] | None,
) -> Iterator[Earned]:
    query: Select[*tuple[Any, ...]] = deeds.query.where(_of(deeds.person, people))
    if question_ids is not None:
        query = query.where(deeds.question.in_(question_ids))
    rows = session.execute(query).all()
    for rule in rules:
        if rule.each == "year":
            for step, year in years(rows):
                yield Earned(
                    step.user_id,
                    rule.name,
                    f"{step.ref}:{year.occasion}",
                    year.at,
                    step.question_id,
                    step.answer_id,
                )
        else:
            for row in rows:
                yield _earned(row, rule, row.ref)


def _earned(row: Any, rule: Rule, occasion: str) -> Earned:  # noqa: ANN401 - a row of the measure's own columns
    return Earned(row.user_id, rule.name, occasion, row.at, row.question_id, row.answer_id, row.about)

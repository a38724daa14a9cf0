"""Whole questions, with their answers, comments, versions, points and links: some of them in each transaction, none by halves."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from app import rendering
from app.db import transaction
from app.importers.bulk import Values, in_parts, known, remember, reserve, table_of, write
from app.importers.report import Report
from app.importers.stackexchange import dates, linking, payments, posts, revisions, tagging
from app.importers.stackexchange.people import Authors
from app.importers.stackexchange.posts import Best, PostRow, Thread
from app.importers.stackexchange.stage import Stage
from app.importers.stackexchange.values import as_moment
from app.pages import FRONT, person_key, touch
from community import tags
from community.models import Acceptance, Answer, Comment, Question, QuestionTag, Revision, Tag, Transition

T = TypeVar("T")

AT_ONCE = 100
"""So many questions, with everything under them, are written in one transaction."""

_QUESTIONS = posts.SELECT + " WHERE p.kind = 1 ORDER BY p.id"
_ANSWERS = posts.SELECT + " WHERE p.thread BETWEEN ? AND ? AND p.kind = 2 ORDER BY p.thread, p.id"
_COMMENTS = """
    SELECT p.thread, p.id, c.id, c.score, c.text, c.at, c.user, c.user_name, c.licence, r.html
    FROM posts p JOIN comments c ON c.post = p.id JOIN html_comments r ON r.id = c.id
    WHERE p.thread BETWEEN ? AND ? ORDER BY p.thread, c.id"""


def publish(stage: Stage, source: str, report: Report, spread_days: int, now: datetime, tick: Callable[[int], None]) -> None:
    """Write the questions that are not here yet. `tick` hears how many posts are done.

    The batches are the same whenever the dump is the same, so a run after a kill finds each of them done or not begun.
    """
    rows = map(PostRow._make, stage.rows(_QUESTIONS))
    for part in in_parts(rows, AT_ONCE, weight=lambda row: row.size):
        with transaction() as session:
            present = known(session, source, "question", [row.id for row in part])
            batch = Batch(session, stage, source, report, spread_days, now)
            done = batch.publish([row for row in part if row.id not in present])
        report.found("questions, with everything under them", len(present))
        tick(done)


class Batch:
    """Some questions on their way into our tables, in one transaction."""

    def __init__(self, session: Session, stage: Stage, source: str, report: Report, spread_days: int, now: datetime) -> None:
        self._session, self._stage, self._source, self._report = session, stage, source, report
        self._spread_days, self._now = spread_days, now
        self._authors = Authors(session, source, now)
        self._payroll = payments.Payroll(session)
        self._threads: dict[int, Thread] = {}
        self._answers: dict[int, int] = {}

    def publish(self, rows: Sequence[PostRow]) -> int:
        """Write these questions and everything under them; returns how many questions and answers there were."""
        if not rows:
            return 0
        self._span = (rows[0].id, rows[-1].id)
        self._write_questions(rows)
        self._write_answers()
        self._write_acceptances()
        self._write_summaries()
        self._write_comments()
        self._write_revisions()
        self._write_payments()
        linking.link(self._session, self._stage, self._source, self._questions(), self._report)
        touch(self._session, FRONT, *(person_key(person) for person in self._authors.met()))
        return len(self._threads) + len(self._answers)

    def _write_questions(self, rows: Sequence[PostRow]) -> None:
        self._authors.meet(number for row in rows for number in (row.owner, row.editor, posts.closer(row)))
        tagged = {row.id: tagging.tagged(row.tags) for row in rows}
        here = tagging.find_or_make(self._session, (name for found in tagged.values() for name in found.names), self._now)
        ids = reserve(self._session, Question, len(rows))
        links, counts = [], Counter[int]()
        for row, local in zip(rows, ids, strict=True):
            found = [here[name] for name in tagged[row.id].names]
            self._threads[row.id] = Thread(local, row, tags.strictest(found))
            links += [{"question_id": local, "tag_id": tag.id, "position": place} for place, tag in enumerate(found)]
            counts.update(tag.id for tag in found)
            self._pass_over_tags(row, tagged[row.id])
        threads = self._threads.values()
        self._report.wrote(
            "questions",
            write(self._session, Question, [posts.question(thread, self._source, self._authors) for thread in threads]),
        )
        remember(self._session, self._source, "question", ((thread.row.id, thread.id) for thread in threads))
        write(self._session, QuestionTag, links)
        self._raise_counts(counts)
        for thread in threads:
            thread.row = thread.row._replace(body="", html="")

    def _pass_over_tags(self, row: PostRow, found: tagging.Tagged) -> None:
        where = f"row {row.id}"
        if found.no_names:
            self._report.pass_over("Posts.xml", "a tag whose name no tag can have here", where, found.no_names)
        if found.too_many:
            self._report.pass_over("Posts.xml", f"a tag over the {tags.MOST_TAGS} a question can have", where, found.too_many)

    def _raise_counts(self, counts: Counter[int]) -> None:
        table = table_of(Tag)
        if counts:
            raised = update(table).where(table.c.id == bindparam("tag"))
            self._session.execute(
                raised.values(question_count=table.c.question_count + bindparam("more")),
                [{"tag": tag, "more": more} for tag, more in sorted(counts.items())],
            )

    def _write_answers(self) -> None:
        rows = (row for row in map(PostRow._make, self._stage.rows(_ANSWERS, self._span)) if row.thread in self._threads)
        for found in in_parts(rows, weight=lambda row: row.size):
            part = self._new("answer", found, lambda row: row.id)
            self._authors.meet(number for row in part for number in (row.owner, row.editor))
            ids = reserve(self._session, Answer, len(part))
            answers, transitions = [], []
            for row, local in zip(part, ids, strict=True):
                thread = self._threads[row.thread]
                accepted_at = posts.accepted_at(row, thread)
                if accepted_at is not None:
                    thread.accept(row, local, accepted_at, self._authors)
                life = dates.life(
                    self._source, row.id, as_moment(row.created), accepted_at, thread.policy, self._spread_days, self._now
                )
                thread.learn(Best(local, row.score, life))
                answers.append(posts.answer(row, local, thread, self._source, self._authors, life))
                transitions.append(posts.transition(local, life, self._now))
                self._answers[row.id] = local
            self._report.wrote("answers", write(self._session, Answer, answers))
            write(self._session, Transition, transitions)
            remember(self._session, self._source, "answer", zip((row.id for row in part), ids, strict=True))

    def _write_acceptances(self) -> None:
        accepted = [thread for thread in self._threads.values() if thread.accepted_id is not None]
        ids = reserve(self._session, Acceptance, len(accepted))
        rows: list[Values] = []
        entries: list[Values] = []
        for thread, local in zip(accepted, ids, strict=True):
            asker = self._authors.known(thread.row.owner)
            rows.append(
                {"id": local, "question_id": thread.id, "answer_id": thread.accepted_id, "by_id": asker, "at": thread.accepted_at}
            )
            entries += payments.of_acceptance(local, thread, asker)
        self._report.wrote("acceptances", write(self._session, Acceptance, rows))
        self._payroll.pay(entries)

    def _write_summaries(self) -> None:
        table = table_of(Question)
        rows = [thread.summary() for thread in self._threads.values() if thread.answers]
        if rows:
            columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows[0] if name != "question"}
            self._session.execute(
                update(table).where(table.c.id == bindparam("question")).values(columns),
                [{name if name == "question" else f"new_{name}": value for name, value in row.items()} for row in rows],
            )

    def _write_comments(self) -> None:
        rows = (row for row in self._stage.rows(_COMMENTS, self._span) if self._is_here(row[1]))
        for found in in_parts(rows, weight=lambda row: len(row[4]) + len(row[9])):
            part = self._new("comment", found, lambda row: row[2])
            self._authors.meet(row[6] for row in part)
            ids = reserve(self._session, Comment, len(part))
            comments: list[Values] = []
            for (thread, post, number, score, text, at, user, user_name, licence, html), local in zip(part, ids, strict=True):
                comments.append(
                    {
                        "id": local,
                        "question_id": self._threads[thread].id,
                        "answer_id": self._answers.get(post),
                        "body_source": text,
                        "body_html": html,
                        "renderer_version": rendering.RENDERER_VERSION,
                        "author_id": self._authors.of(user),
                        "created_at": as_moment(at),
                        "origin_url": f"https://{self._source}/questions/{thread}#comment{number}_{post}",
                        "origin_author": None if self._authors.known(user) is not None else posts.former_name(user_name, user),
                        "licence": licence,
                        "imported_score": score,
                    }
                )
            self._report.wrote("comments", write(self._session, Comment, comments))
            remember(self._session, self._source, "comment", zip((row[2] for row in part), ids, strict=True))

    def _write_revisions(self) -> None:
        found = revisions.revisions(self._stage, *self._span, self._questions(), self._answers)
        for part in in_parts(found, weight=lambda values: len(values["body_source"])):
            self._authors.meet(values["author_id"] for values in part)
            for values in part:
                values["author_id"] = self._authors.of(values["author_id"])
            self._report.wrote("versions of posts", write(self._session, Revision, part))

    def _write_payments(self) -> None:
        for part in in_parts(self._earned()):
            self._authors.meet(earned.user for earned in part)
            entries = [
                payments.of_vote(
                    earned,
                    self._source,
                    self._authors.of(earned.user),
                    self._threads[earned.thread].id,
                    self._answers.get(earned.post),
                )
                for earned in part
            ]
            self._report.wrote("votes in the ledger", self._payroll.pay(entries))
        self._payroll.settle()

    def _earned(self) -> Iterator[payments.Earned]:
        rows = map(payments.Earned._make, self._stage.rows(payments.QUERY, self._span))
        return (row for row in rows if self._is_here(row.post))

    def _is_here(self, post: int) -> bool:
        """Whether this batch has written the question or answer of this number."""
        return post in self._threads or post in self._answers

    def _new(self, kind: str, part: Sequence[T], number: Callable[[T], int]) -> list[T]:
        """Those that are not here yet: what an earlier dump had under another question, before a merger, stays there."""
        present = known(self._session, self._source, kind, [number(row) for row in part])
        self._report.found(f"{kind}s under another question", len(present))
        return [row for row in part if number(row) not in present]

    def _questions(self) -> dict[int, int]:
        """Numbers there → ids here."""
        return {number: thread.id for number, thread in self._threads.items()}

"""Links in answers: which there are, whether they still lead somewhere, and the signal of one that does not.

The rows follow the answers' texts whether links are checked or not; the checks are off unless the site switches them on
(LINK_CHECK). A dead link says "no longer works" once, until it works again or leaves the text.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from app.db import db, insert_into, transaction
from app.errors import Gone, NotFound
from app.outbox import EMITTED_AT, Payload
from community import reach
from community.freshness import evidence, link_check, weights
from community.freshness.addresses import Target
from community.freshness.addresses import links as links_of
from community.freshness.evidence import Happening, Said
from community.freshness.link_check import Finding, Verdict
from community.models import Answer, AnswerLink, Link, Question, Signal

AGAIN = timedelta(days=7)
"""When a link that works is checked again."""
SOONER = (timedelta(days=1), timedelta(days=3))
"""When one that failed is checked again, after its first failures; later every AGAIN / 2."""
FAILURES = 3
FAILING_FOR = timedelta(days=7)
"""So many failures in a row, over so long, and a link is dead."""
MOST_PER_RUN = 30
RUN_FOR = 10.0
"""Seconds in which a run begins new checks, so that what else the worker does never waits long."""
LEASE = timedelta(hours=1)
"""For so long nobody else checks what a run has taken."""
BATCH = 100
"""Answers of an import whose links one transaction keeps."""

Check = Callable[[str, str], Finding]
"""How an address is checked: the address, and the User-Agent to name."""


def answers_changed(payloads: Sequence[Payload]) -> None:
    """Handler of what changes an answer's text: keep its links as the text has them now."""
    for answer_id in dict.fromkeys(payload["answer_id"] for payload in payloads):
        keep(answer_id, max(payload[EMITTED_AT] for payload in payloads if payload["answer_id"] == answer_id))


def keep(answer_id: int, now: datetime) -> None:
    """Make an answer's links those of its text. One that leaves the text says nothing any more; one that is known to be dead
    speaks at once. A removed answer keeps what it has."""
    with transaction() as session:
        try:
            answer, question = reach.answer(session, answer_id)
        except (NotFound, Gone):
            return
        wanted = set(_rows(session, links_of(answer.body_html, _own_host()), now).values())
        kept = set(session.scalars(select(AnswerLink.link_id).where(AnswerLink.answer_id == answer_id)))
        gone, new = kept - wanted, wanted - kept
        if gone:
            session.execute(delete(AnswerLink).where(AnswerLink.answer_id == answer_id, AnswerLink.link_id.in_(gone)))
            for link_id in sorted(gone):
                _falls_silent(session, answer, question, link_id, "a dead link is no longer in the text", now)
        session.add_all(AnswerLink(answer_id=answer_id, link_id=link_id) for link_id in sorted(new))
        session.flush()
        for link in session.scalars(select(Link).where(Link.id.in_(new), Link.dead_at.is_not(None)).order_by(Link.id)):
            _speaks(session, answer, question, link, now)


def keep_imported(now: datetime) -> int:
    """The links of answers that came without a verb, by an import; returns how many links of answers were kept. Can be killed and
    repeated. Nobody can have said anything about them yet, so no question is held."""
    cursor = kept = 0
    without = ~exists().where(AnswerLink.answer_id == Answer.id)
    texts = select(Answer.id, Answer.body_html).where(Answer.body_html.contains("<a "), without).order_by(Answer.id).limit(BATCH)
    while True:
        with transaction() as session:
            found = {row.id: links_of(row.body_html, _own_host()) for row in session.execute(texts.where(Answer.id > cursor))}
            if not found:
                return kept
            ids = _rows(session, [target for targets in found.values() for target in targets], now)
            pairs = [{"answer_id": one, "link_id": ids[target.url]} for one, targets in found.items() for target in targets]
            if pairs:
                session.execute(insert_into(session, AnswerLink).values(pairs).on_conflict_do_nothing())
            cursor, kept = max(found), kept + len(pairs)


def check_links(now: datetime, check: Check = link_check.check) -> int:
    """The clock's work: check the links that are due, at most one of a host and MOST_PER_RUN in a run, longest waiting first.
    Does nothing unless LINK_CHECK is on. Returns how many were checked."""
    settings = current_app.config["SETTINGS"]
    if not settings.link_check:
        return 0
    agent = f"Mozilla/5.0 (compatible; Bestbefore link check; +{settings.site_url})".encode("ascii", "ignore").decode()
    begun, checked = time.monotonic(), 0
    for link_id, url in _take(now):
        if time.monotonic() - begun > RUN_FOR:
            _leave(link_id, now)
            continue
        found(link_id, check(url, agent), now)
        checked += 1
    return checked


def found(link_id: int, finding: Finding, now: datetime) -> None:
    """Write down what a check found, and let the link's answers hear of it. It is dead after FAILURES failures in a row over
    FAILING_FOR, while other hosts answered (or else it is this machine that is off the net); and alive with the first check that
    is fine. Killed between the two, the next check tells the answers."""
    with transaction() as session:
        link = session.scalars(select(Link).where(Link.id == link_id).with_for_update()).one()
        link.checked_at = now
        if finding.verdict == Verdict.FAILED:
            link.failures += 1
            link.failing_since = link.failing_since or now
            link.problem = finding.problem
            link.next_check_at = now + (SOONER[link.failures - 1] if link.failures <= len(SOONER) else AGAIN / 2)
            lasting = link.failures >= FAILURES and now - link.failing_since >= FAILING_FOR
            if lasting and link.dead_at is None and _others_answer(session, link):
                link.dead_at = now
        else:
            link.next_check_at = now + AGAIN
            if finding.verdict == Verdict.FINE:
                link.failures, link.failing_since, link.problem, link.dead_at = 0, None, "", None
        dead = link.dead_at is not None
        answers = _linking(session, link_id) if dead else _doubted(session, link_id)
    for answer_id in answers:
        _tell(answer_id, link_id, now, dead=dead)


def _tell(answer_id: int, link_id: int, now: datetime, *, dead: bool) -> None:
    """Let one answer hear of it, in a transaction of its own: questions are held before anything else."""
    with transaction() as session:
        try:
            answer, question = reach.answer(session, answer_id)
        except (NotFound, Gone):
            return
        link = session.get_one(Link, link_id, populate_existing=True)
        if session.get(AnswerLink, (answer_id, link_id)) is None or (link.dead_at is not None) != dead:
            return
        if dead:
            _speaks(session, answer, question, link, now)
        else:
            _falls_silent(session, answer, question, link_id, f"the link to {link.host} works again", now)


def _speaks(session: Session, answer: Answer, question: Question, link: Link, now: datetime) -> None:
    """The dead link's word on an answer, once: who verifies the answer with the link in it has seen it. Links die together, so
    all of an answer's weigh MOST_OF_LINKS at most."""
    before = select(Signal.id).where(Signal.answer_id == answer.id, Signal.link_id == link.id, Signal.at >= link.dead_at)
    if answer.archived_at is not None or session.execute(before).first():
        return
    of_round = (Signal.answer_id == answer.id, Signal.round == answer.round, Signal.link_id.is_not(None))
    said = session.execute(select(func.coalesce(func.sum(Signal.weight), 0.0)).where(*of_round)).scalar_one()
    weight = max(0.0, min(weights.DEAD_LINK, weights.MOST_OF_LINKS - said))
    since = link.failing_since or now
    reason = f"the link to {link.host} has led nowhere since {since.day} {since:%B}"
    word = Signal(answer_id=answer.id, round=answer.round, link_id=link.id, kind="broken", weight=weight, at=now)
    word.note = f"{reason}: {link.problem}"
    session.add(word)
    session.flush()
    if weight:
        evidence.hear(session, answer, question, Happening("dead_link", reason), now, bad=weight)


def _falls_silent(session: Session, answer: Answer, question: Question, link_id: int, reason: str, now: datetime) -> None:
    """Take the link's word of this round back, where there is one."""
    of_round = (Signal.answer_id == answer.id, Signal.round == answer.round, Signal.link_id == link_id)
    word = session.scalars(select(Signal).where(*of_round)).one_or_none()
    if word is None:
        return
    said = Said(word.at, bad=word.weight)
    session.delete(word)
    session.flush()
    if said.bad:
        evidence.take_back(session, answer, question, Happening("withdrawn", reason), [said], now)


def _rows(session: Session, targets: Sequence[Target], now: datetime) -> dict[str, int]:
    """The ids of these links, whose rows are made where there are none. A new one is checked when its turn comes."""
    if not targets:
        return {}
    by_url = {target.url: target for target in targets}
    new = [
        {"url": url, "host": target.host, "next_check_at": now, "failures": 0, "problem": ""} for url, target in by_url.items()
    ]
    new.sort(key=lambda row: str(row["url"]))
    session.execute(insert_into(session, Link).values(new).on_conflict_do_nothing(index_elements=["url"]))
    return {row.url: row.id for row in session.execute(select(Link.id, Link.url).where(Link.url.in_(by_url)))}


def _take(now: datetime) -> list[tuple[int, str]]:
    """The links to check now: the longest waiting of each host, in answers that are read. What is taken is nobody else's for a
    LEASE."""
    read = (
        select(AnswerLink.link_id)
        .join(Answer, Answer.id == AnswerLink.answer_id)
        .where(AnswerLink.link_id == Link.id, Answer.removed_at.is_(None), Answer.archived_at.is_(None), Answer.expires_at > now)
    )
    place = func.row_number().over(partition_by=Link.host, order_by=(Link.next_check_at, Link.id)).label("place")
    due = select(Link.id, Link.url, Link.next_check_at, place).where(Link.next_check_at <= now, exists(read)).subquery()
    first = select(due.c.id, due.c.url).where(due.c.place == 1).order_by(due.c.next_check_at, due.c.id).limit(MOST_PER_RUN)
    wanted = [(row.id, row.url) for row in db.session.execute(first)]
    db.session.rollback()
    taken = []
    with transaction() as session:
        for link_id, url in wanted:
            lease = update(Link).where(Link.id == link_id, Link.next_check_at <= now).values(next_check_at=now + LEASE)
            if session.execute(lease.returning(Link.id)).first() is not None:
                taken.append((link_id, url))
    return taken


def _leave(link_id: int, now: datetime) -> None:
    """Give back what there was no time for; it comes first in the next run."""
    with transaction() as session:
        session.execute(update(Link).where(Link.id == link_id, Link.next_check_at == now + LEASE).values(next_check_at=now))


def _others_answer(session: Session, link: Link) -> bool:
    """Whether a link to another host was fine since this one fails, or there is no other: a machine that is off the net finds
    every link dead."""
    other = aliased(Link)
    elsewhere = select(other.id).where(other.host != link.host)
    answered = elsewhere.where(other.checked_at > link.failing_since, other.failures == 0)
    return session.execute(answered.limit(1)).first() is not None or session.execute(elsewhere.limit(1)).first() is None


def _linking(session: Session, link_id: int) -> list[int]:
    """The answers that have the link in their text."""
    return list(session.scalars(select(AnswerLink.answer_id).where(AnswerLink.link_id == link_id).order_by(AnswerLink.answer_id)))


def _doubted(session: Session, link_id: int) -> list[int]:
    """The answers on which the link has a word in their present round."""
    words = select(Signal.answer_id).join(Answer, Answer.id == Signal.answer_id).where(Signal.round == Answer.round)
    return list(session.scalars(words.where(Signal.link_id == link_id).order_by(Signal.answer_id)))


def _own_host() -> str:
    return urlsplit(current_app.config["SETTINGS"].site_url).hostname or ""

"""Why an answer has the date it has, in words: what is doubted, by what it is dated, on what that rests."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from community import lifecycle
from community.freshness import approval, escalation
from community.freshness import belief as model
from community.freshness.belief import PARAMETERS, Belief
from community.freshness.life import WORDS
from community.lifecycle import LONGEST_INTERVAL_DAYS, Event, State
from community.models import Answer, AnswerBelief, Question
from community.queries.answer_history import percent
from community.queries.shared import Person, day
from community.queries.tags import days

Record = Row[Any]

CALLED = {escalation.AUTHOR: "its author", escalation.EXPERTS: "the experts in its tags", escalation.STAFF: "all staff"}
"""Who has been called to an answer that waits too long, by how far that has gone."""
NEARLY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Said:
    """What readers say since the last check, each by one standing word."""

    works: int = 0
    broken: int = 0
    check: int = 0
    dead_links: int = 0

    @classmethod
    def of(cls, rows: Iterable[Record]) -> "Said":
        """From counts by kind, links apart."""
        found: dict[str, int] = {}
        for row in rows:
            name = "dead_links" if row.is_link else row.kind
            found[name] = found.get(name, 0) + row.many
        return cls(**found)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the words are made of."""

    answer: Answer
    question: Question
    belief: Belief
    """Today's."""
    tags: tuple[Record, ...]
    said: Said
    checked_by: Person | None
    row: AnswerBelief | None
    now: datetime

    @property
    def state(self) -> State:
        """What it is today."""
        answer = self.answer
        return lifecycle.state_at(answer.best_before_at, answer.expires_at, answer.archived_at, self.now)

    @property
    def is_permanent(self) -> bool:
        """Whether its tags are run without dates for now, to measure by."""
        until = self.question.permanent_until
        return self.question.freshness == "permanent" and until is not None and until > self.now


def why(standing: Standing) -> Iterator[str]:
    """The date explained, a sentence each."""
    if standing.state == State.ARCHIVED:
        yield f"It was archived: {_clause(standing.answer.state_reason)}. Nobody has to check it any more."
        return
    yield doubt(standing)
    if standing.is_permanent and standing.question.permanent_until is not None:
        until = day(standing.question.permanent_until)
        yield (
            f"Until {until} answers under its tags are neither past their date nor expired by themselves: "
            "it is being measured what dates are worth."
        )
    elif standing.question.freshness == "plain":
        yield from _by_interval(standing)
    else:
        yield from _by_belief(standing)
    yield from _what_then(standing)


def doubt(standing: Standing) -> str:
    """How likely it is wrong today, for who has never heard of such a thing."""
    many = round(standing.belief.pi * 100)
    wrong = f"about {many}" if many else "hardly one"
    plain = " Under its tags that says what is checked first, and sets no date." if standing.question.freshness == "plain" else ""
    return (
        f"The doubt about it is {percent(standing.belief.pi)} today: of a hundred answers like it {wrong} would be wrong.{plain}"
    )


def _by_interval(standing: Standing) -> Iterator[str]:
    answer, interval = standing.answer, standing.question.interval_days
    yield f"Answers under its tags are good for {days(interval)} after somebody vouched for them. This one {_vouched(standing)}."
    if abs(answer.best_before_at - answer.fresh_from - timedelta(days=interval)) > NEARLY:
        yield f"What happened since has moved its date to {day(answer.best_before_at)}; the history below tells it."


def _by_belief(standing: Standing) -> Iterator[str]:
    answer, question, belief = standing.answer, standing.question, standing.belief
    longest = timedelta(days=min(question.interval_days, LONGEST_INTERVAL_DAYS))
    limited = answer.best_before_at >= answer.fresh_from + longest - NEARLY
    warn, date = percent(PARAMETERS.WARN), day(answer.best_before_at)
    limit = f"Its tags ask for a check every {days(question.interval_days)} at the latest"
    if standing.state == State.FRESH and limited:
        yield f"{limit}, and that day comes before doubt is strong enough: {date}."
    elif standing.state == State.FRESH:
        yield f"With nothing new, it reaches {warn} on {date}; from then on the answer is past its date."
    elif standing.state == State.DUE and model.is_doubtful(belief, was=True):
        yield f"From {warn} on an answer is past its date, and it stays so until the doubt is well below that."
    elif standing.state == State.DUE and limited:
        yield f"{limit}. Somebody last vouched for it on {day(answer.fresh_from)}."
    elif standing.state == State.DUE:
        yield f"It is past its date since {date}, and nobody has vouched for it since."


def _what_then(standing: Standing) -> Iterator[str]:
    answer = standing.answer
    if standing.state == State.EXPIRED:
        written = answer.state == State.EXPIRED
        reason = _clause(answer.state_reason) if written else WORDS[Event.GRACE_ENDED]
        yield f"It expired on {day(answer.expires_at)}: {reason}. One check brings it back."
    elif answer.expires_at - answer.best_before_at < NEARLY:
        yield "Past that date it expires at once, as its tags ask."
    elif standing.state == State.DUE:
        yield f"Unless somebody vouches for it, it expires on {day(answer.expires_at)}."


def _clause(reason: str) -> str:
    return reason.rstrip(".") or "no reason was given"


def facts(standing: Standing, events: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """What it rests on: name and words."""
    answer, question = standing.answer, standing.question
    yield "Last vouched for", f"it {_vouched(standing)}"
    since = approval.waiting_since(answer, standing.now)
    if since is not None:
        yield "Updated", f"its text was reworked on {day(since)}, and waits for a check: nobody vouches for their own words"
    yield "Readers since the last check", _readers(standing.said)
    since_then = (event for event in events if event.kind == "release" and event.at >= answer.fresh_from)
    releases = list(dict.fromkeys(map(_release, since_then)))
    if releases:
        yield "Releases since", "; ".join(releases)
    if standing.row is not None and standing.row.escalated in CALLED:
        on = f" on {day(standing.row.escalated_at)}" if standing.row.escalated_at else ""
        yield "Called to check it", f"{CALLED[standing.row.escalated]}{on}, as it has waited long and is much read"
    yield "How fast such answers change", _half_life(standing)
    yield "Its tags ask for", _policy(question)


def _vouched(standing: Standing) -> str:
    answer = standing.answer
    if answer.verified_at == answer.fresh_from:
        by = f" by {standing.checked_by.name}" if standing.checked_by is not None else ""
        on = f" on {answer.verified_on}" if answer.verified_on else ""
        return f"was checked{by}{on} on {day(answer.fresh_from)}"
    if answer.origin_url is not None and answer.verified_at is None:
        return f"was last written on {day(answer.fresh_from)}, elsewhere"
    return f"was {'posted' if answer.fresh_from == answer.created_at else 'accepted'} on {day(answer.fresh_from)}"


def _readers(said: Said) -> str:
    parts = [
        _people(said.broken, "says it no longer works", "say it no longer works"),
        _people(said.works, "says it works", "say it works"),
        _people(said.check, "asked to have it checked", "asked to have it checked"),
        f"{said.dead_links} {'link leads' if said.dead_links == 1 else 'links lead'} nowhere" if said.dead_links else "",
    ]
    return ", ".join(part for part in parts if part) or "nobody has said anything"


def _people(many: int, one: str, more: str) -> str:
    return f"{many} {'person ' + one if many == 1 else 'people ' + more}" if many else ""


def _release(event: Record) -> str:
    return f"{event.release_name or 'a release'} on {day(event.at)}"


def _half_life(standing: Standing) -> str:
    lam = standing.question.change_rate
    half = math.log(2) / lam
    fastest = next((tag for tag in standing.tags if math.isclose(tag.change_rate, lam, rel_tol=1e-6)), None)
    span = f"about {half / 30.44:.0f} months" if half > 60 else f"about {half:.0f} days"  # noqa: PLR2004 - two months
    on = f" on {fastest.name}" if fastest is not None else ""
    learned = fastest.learned_at if fastest is not None else None
    how = f"learned from checks, last on {day(learned)}" if learned else "an assumption, until checks teach better"
    return f"half of the answers{on} are still right after {span} ({how})"


def _policy(question: Question) -> str:
    people = "1 person checks" if question.verifiers_needed == 1 else f"{question.verifiers_needed} people check"
    kind = "a new date" if question.freshness == "plain" else "a check"
    grace = f"readable for {days(question.grace_days)} past its date" if question.grace_days else "expired at once past its date"
    return f"{kind} every {days(question.interval_days)} at the latest; {grace}; {people}"

"""What a demo person did, done again through the product's verbs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.accounts.models import User
from app.demo.events import (
    Accept,
    Acknowledge,
    Answer,
    Archive,
    Ask,
    Close,
    Comment,
    Edit,
    Event,
    Follow,
    MeToo,
    Signal,
    Verify,
    Vote,
)
from community import acceptance, answers, comments, interest, questions, votes
from community.desk import acknowledgement
from community.freshness import archive, signals, verification
from community.moderation import closing


@dataclass
class Replay:
    """Does one event after the other, oldest first, and remembers which question and answer got which id."""

    people: Mapping[str, User]
    questions: dict[str, int] = field(default_factory=dict)
    _answers: dict[tuple[str, str], int] = field(default_factory=dict)
    _asked: dict[str, Ask] = field(default_factory=dict)
    """The questions as they stand, since an edit names only what it changes."""

    def do(self, event: Event, now: datetime) -> None:
        """Let it happen at `now`. Raises what the verb raises: a refusal means that people may not do what is told of them."""
        by = self.people[event.by]
        match event:
            case Ask() | Answer() | Comment() | Edit():
                self._write(event, by, now)
            case Verify() | Signal() | Archive():
                self._judge(event, by, now)
            case _:
                self._say(event, by, now)

    def _write(self, event: Ask | Answer | Comment | Edit, by: User, now: datetime) -> None:
        match event:
            case Ask():
                self.questions[event.question] = questions.ask(
                    title=event.title,
                    body=event.body,
                    tags_text=" ".join(event.tags),
                    product=event.product,
                    release=event.release,
                    by=by,
                    now=now,
                )
                self._asked[event.question] = event
            case Answer():
                self._answers[event.question, event.id] = answers.post(
                    self.questions[event.question], body=event.body, official=event.official, by=by, now=now
                )
            case Comment():
                comments.add(body=event.body, **self._on(event, event.on), by=by, now=now)
            case Edit(on="question"):
                self._edit_question(event, by, now)
            case Edit():
                answers.edit(self._answer(event, event.on), body=event.body or "", summary=event.summary, by=by, now=now)

    def _edit_question(self, event: Edit, by: User, now: datetime) -> None:
        was = self._asked[event.question]
        ask = replace(was, title=event.title or was.title, body=event.body or was.body, tags=event.tags or was.tags)
        self._asked[event.question] = ask
        questions.edit(
            self.questions[event.question],
            title=ask.title,
            body=ask.body,
            tags_text=" ".join(ask.tags),
            product=ask.product,
            release=ask.release,
            summary=event.summary,
            by=by,
            now=now,
        )

    def _judge(self, event: Verify | Signal | Archive, by: User, now: datetime) -> None:
        answer = self._answer(event, event.answer)
        match event:
            case Verify():
                verification.verify(
                    answer,
                    event.verdict,
                    release=event.release,
                    evidence=event.evidence,
                    note=event.note,
                    body=event.body or "",
                    by=by,
                    now=now,
                )
            case Signal():
                signals.say(answer, event.kind, release=event.release, note=event.note, by=by, now=now)
            case Archive():
                successor = self._answer(event, event.successor) if event.successor else None
                archive.archive(answer, reason=event.reason, successor_id=successor, by=by, now=now)

    def _say(self, event: Event, by: User, now: datetime) -> None:
        question = self.questions[event.question]
        match event:
            case Vote():
                votes.cast(event.value, **self._on(event, event.on), by=by, now=now)
            case Accept():
                acceptance.accept(self._answer(event, event.answer), by=by, now=now)
            case Follow():
                interest.follow(question, by=by, now=now)
            case MeToo():
                interest.me_too(question, release=event.release, by=by, now=now)
            case Acknowledge():
                acknowledgement.acknowledge(question, by=by, now=now)
            case Close():
                target = self.questions[event.duplicate_of] if event.duplicate_of else None
                closing.close(question, reason=event.reason, note=event.note, duplicate_of=target, by=by, now=now)
            case _:
                raise TypeError(f"nothing is known of {type(event).__name__}")

    def _answer(self, event: Event, id: str) -> int:
        return self._answers[event.question, id]

    def _on(self, event: Event, on: str) -> dict[str, int]:
        """A question or an answer, as the verbs that take both want it."""
        return {"question_id": self.questions[event.question]} if on == "question" else {"answer_id": self._answer(event, on)}

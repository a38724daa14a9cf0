"""What every text goes through when it is written: cleaning, checking, mentions, rendering, revisions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import rendering
from app.accounts.models import User
from app.accounts.people import person_url
from app.errors import Invalid
from community.models import Answer, Comment, Question, Revision

SHORTEST_TITLE = 8
LONGEST_TITLE = 200
SHORTEST_BODY = 10
SHORTEST_COMMENT = 2
LONGEST_PRODUCT = 80
LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Text:
    """A text ready to be stored, and who is mentioned in it (their ids)."""

    source: str
    html: str
    mentions: frozenset[int]


def line(value: str, name: str, words: str, longest: int, shortest: int = 0) -> str:
    """A one-line text, cleaned. Raises Invalid for field `name`; `words` is what a person calls it."""
    text = " ".join(rendering.clean_source(value).split())
    if len(text) < shortest:
        raise Invalid({name: f"{words} needs at least {shortest} characters." if text else f"{words} is missing."})
    if len(text) > longest:
        raise Invalid({name: f"{words} can have up to {longest} characters; this has {len(text)}."})
    return text


def note(value: str, name: str, words: str, required: bool = False) -> str:
    """A few sentences, kept as plain text."""
    text = rendering.clean_source(value).strip()
    if required and not text:
        raise Invalid({name: f"{words} is missing."})
    if len(text) > LONGEST_NOTE:
        raise Invalid({name: f"{words} can have up to {LONGEST_NOTE} characters; this has {len(text)}."})
    return text


def body(
    session: Session,
    source: str,
    kind: Literal["post", "comment"] = "post",
    *,
    name: str = "body",
    fmt: Literal["markdown", "html"] = "markdown",
) -> Text:
    """Check and render a body. Raises Invalid for field `name` when it is too short or too long."""
    text = _trimmed(source)
    shortest, longest = (SHORTEST_BODY, rendering.MAX_BODY) if kind == "post" else (SHORTEST_COMMENT, rendering.MAX_COMMENT)
    if len(text) < shortest:
        raise Invalid({name: f"Please write at least {shortest} characters." if text else "There is no text yet."})
    if len(text) > longest:
        raise Invalid({name: f"A text can have up to {longest:,} characters; this has {len(text):,}."})
    people = _mentioned(session, rendering.find_mentions(text, comment=kind == "comment")) if fmt == "markdown" else {}
    links = _links(people)
    html = rendering.render_comment(text, people=links) if kind == "comment" else rendering.render(text, fmt, people=links)
    return Text(text, html, frozenset(user_id for user_id, _ in people.values()))


def preview(session: Session, source: str) -> str:
    """The HTML that `body` would make of a post, without checking whether the text can be taken; "" for an empty one."""
    text = _trimmed(source)
    return rendering.render_markdown(text, people=_links(_mentioned(session, rendering.find_mentions(text)))) if text else ""


def html_of(session: Session, source: str, fmt: Literal["markdown", "html"], *, comment: bool = False) -> str:
    """The HTML of a stored source, as the present renderer makes it."""
    if fmt == "html":
        return rendering.render_html(source)
    links = _links(_mentioned(session, rendering.find_mentions(source, comment=comment)))
    return rendering.render_comment(source, people=links) if comment else rendering.render_markdown(source, people=links)


def _trimmed(source: str) -> str:
    """Cleaned, without empty lines around it; what the first line is indented by stays, for it may be code."""
    return rendering.clean_source(source).strip("\n").rstrip()


def _links(people: Mapping[str, tuple[int, str]]) -> dict[str, str]:
    return {key: person_url(user_id, user_name) for key, (user_id, user_name) in people.items()}


def _mentioned(session: Session, keys: Iterable[str]) -> dict[str, tuple[int, str]]:
    wanted = list(keys)
    if not wanted:
        return {}
    rows = session.execute(select(User.name_key, User.id, User.name).where(User.name_key.in_(wanted)))
    return {key: (user_id, name) for key, user_id, name in rows if key is not None}


def apply(post: Question | Answer | Comment, text: Text) -> None:
    """Put the text into the post; what is written here is Markdown, whatever it was before."""
    post.body_source = text.source
    post.body_format = "markdown"
    post.body_html = text.html
    post.renderer_version = rendering.RENDERER_VERSION


def keep_revision(session: Session, post: Question | Answer, by: User, summary: str, tags: Iterable[str], now: datetime) -> None:
    """Keep the post's present text as its revision number `revision_count`."""
    is_question = isinstance(post, Question)
    session.add(
        Revision(
            question_id=post.id if is_question else None,
            answer_id=None if is_question else post.id,
            number=post.revision_count,
            title=post.title if isinstance(post, Question) else None,
            body_source=post.body_source,
            body_format=post.body_format,
            tags=" ".join(tags),
            author_id=by.id,
            summary=summary,
            at=now,
        )
    )

"""Rendering stored texts again after the renderer has changed; their sources stay as they are."""

from collections.abc import Iterator
from typing import Literal

from sqlalchemy import select, update

from app import rendering
from app.accounts.models import User
from app.db import db, transaction
from app.pages import question_key, touch
from community import texts
from community.models import Answer, Comment, Question

BATCH = 200
"""How many texts one transaction renders."""

Kind = type[Question] | type[Answer] | type[Comment]


def render_again(*, everything: bool = False) -> Iterator[int]:
    """Render what an older renderer made (or everything), in batches; yields how many were done after each.

    Killed, the next run goes on. A text that is edited meanwhile keeps what its editor rendered.
    """
    done = 0
    kinds: tuple[Kind, ...] = (Question, Answer, Comment)
    for kind in kinds:
        last = 0
        while ids := _waiting(kind, last, everything=everything):
            done += sum(_render(kind, number) for number in ids)
            last = ids[-1]
            yield done
    with transaction() as session:
        about = select(User.id, User.about_source, User.origin_url).where(User.about_source != "")
        for user_id, source, origin in session.execute(about).all():
            # Imported people's words about themselves are HTML.
            html = rendering.render_html(source) if origin is not None else rendering.render_markdown(source)
            session.execute(update(User).where(User.id == user_id, User.about_source == source).values(about_html=html))


def _waiting(kind: Kind, last: int, *, everything: bool) -> list[int]:
    older = [] if everything else [kind.renderer_version < rendering.RENDERER_VERSION]
    ids = list(db.session.scalars(select(kind.id).where(kind.id > last, *older).order_by(kind.id).limit(BATCH)))
    db.session.rollback()
    return ids


def _render(kind: Kind, number: int) -> int:
    with transaction() as session:
        post = session.execute(
            select(kind).where(kind.id == number).execution_options(populate_existing=True)
        ).scalar_one_or_none()
        if not isinstance(post, Question | Answer | Comment):
            return 0
        fmt: Literal["markdown", "html"] = "html" if post.body_format == "html" else "markdown"
        html = texts.html_of(session, post.body_source, fmt, comment=isinstance(post, Comment))
        moved = session.execute(
            update(kind)
            .where(kind.id == number, kind.body_source == post.body_source)
            .values(body_html=html, renderer_version=rendering.RENDERER_VERSION)
            .returning(kind.id)
        ).first()
        touch(session, question_key(post.id if isinstance(post, Question) else post.question_id))
        return 1 if moved is not None else 0

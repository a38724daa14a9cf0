"""An answer in front of somebody who checks it."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import select

from app.accounts.models import User
from app.db import db
from app.errors import Gone, NotFound
from app.rendering.stored import stored
from community import policy
from community.models import Answer, Question, Revision
from community.queries.addresses import answer_url
from community.queries.forms import as_markdown
from community.queries.shared import Freshness, freshness


@dataclass(frozen=True)
class CheckPage:
    """What the page shows beside the form."""

    answer_id: int
    url: str
    question_title: str
    html: Markup
    source: str
    """The text as a repair begins with it."""
    round: int
    revision: int
    changed: bool
    """Somebody has checked it since the page with this form was opened."""
    freshness: Freshness
    releases: tuple[str, ...]


def check_page(answer_id: int, viewer: User | None, now: datetime, seen_round: str = "") -> CheckPage:
    """The answer for its check; one statement. Raises NotFound, and Gone for a removed one unless moderators look."""
    row = db.session.execute(
        select(
            Answer.question_id,
            Answer.body_html,
            Answer.body_source,
            Answer.body_format,
            Answer.removed_at,
            Answer.round,
            Answer.revision_count,
            Answer.fresh_from,
            Answer.best_before_at,
            Answer.expires_at,
            Answer.archived_at,
            Answer.state,
            Answer.state_reason,
            Answer.verified_at,
            Answer.verified_on,
            Answer.broken_count,
            Question.title,
            Question.release,
            Question.removed_at.label("question_removed_at"),
        )
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.id == answer_id)
    ).first()
    if row is None:
        raise NotFound("There is no such answer.")
    if (row.removed_at or row.question_removed_at) and not policy.can(viewer, "see_removed", None, now):
        raise Gone("This answer has been removed.")
    return CheckPage(
        answer_id=answer_id,
        url=answer_url(row.question_id, row.title, answer_id),
        question_title=row.title,
        html=stored(row.body_html),
        source=as_markdown(row.body_source, row.body_format),
        round=row.round,
        revision=row.revision_count,
        changed=bool(seen_round) and seen_round != str(row.round),
        freshness=freshness(
            row.fresh_from,
            row.best_before_at,
            row.expires_at,
            row.archived_at,
            now,
            written_state=row.state,
            written_reason=row.state_reason,
            checked_at=row.verified_at,
            checked_on=row.verified_on,
            broken=row.broken_count,
        ),
        releases=tuple(dict.fromkeys(release for release in (row.release, row.verified_on) if release)),
    )


def is_old_text(answer_id: int, number: int | None, body: str) -> bool:
    """Whether this is but what revision `number` says: nobody has written in the field."""
    of_then = select(Revision.body_source, Revision.body_format).where(Revision.answer_id == answer_id, Revision.number == number)
    row = db.session.execute(of_then).first()
    return row is not None and as_markdown(row.body_source, row.body_format).split() == body.split()

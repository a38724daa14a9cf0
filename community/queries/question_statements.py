"""The statements of a question's page: the columns it shows and no others, as Core selects that are built once."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    select,
)

from app.accounts.models import User
from community.expertise.counting import counts
from community.models import (
    Answer,
    Comment,
    Effort,
    Expertise,
    Follow,
    MeToo,
    Question,
    QuestionTag,
    Signal,
    Tag,
    Transition,
    Verifier,
    Vote,
)

LONGEST_LIFE = 6
"""Steps of an answer's life that the side column tells; its own page has all."""

questions, answers, comments = Question.__table__, Answer.__table__, Comment.__table__
votes, signals, transitions = Vote.__table__, Signal.__table__, Transition.__table__
people, tags, question_tags, expertise = User.__table__, Tag.__table__, QuestionTag.__table__, Expertise.__table__

_question_id: BindParameter[int] = bindparam("question_id")
_viewer_id: BindParameter[int] = bindparam("viewer_id")
_now = bindparam("now", type_=questions.c.created_at.type)


def _columns(table: FromClause, names: str) -> list[ColumnElement[Any]]:
    return [table.c[name] for name in names.split()]


_tag_names = (
    select(func.aggregate_strings(cast(question_tags.c.position, Text) + " " + tags.c.name, ","))
    .select_from(question_tags.join(tags, tags.c.id == question_tags.c.tag_id))
    .where(question_tags.c.question_id == questions.c.id)
    .scalar_subquery()
    .label("tag_names")
)
"""As "0 roaming,1 esim": a name holds neither a space nor a comma, and the numbers say the order."""

QUESTION: Select[*tuple[Any, ...]] = select(
    *_columns(
        questions,
        "id title product release body_html author_id created_at edited_at activity_at score views answer_count me_too_count"
        " accepted_answer_id lead_answer_id seen_at seen_by_id closed_at closed_by_id closed_reason duplicate_of_id related"
        " removed_at removed_by_id removed_reason origin_url origin_author licence",
    ),
    _tag_names,
).where(questions.c.id == _question_id)
"""One row, or none."""

_mine = and_(votes.c.voter_id == _viewer_id, votes.c.withdrawn_at.is_(None))

QUESTION_FOR_VIEWER = QUESTION.add_columns(
    select(votes.c.value).where(votes.c.question_id == questions.c.id, _mine).scalar_subquery().label("my_vote"),
    exists().where(MeToo.question_id == questions.c.id, MeToo.user_id == _viewer_id).label("i_have_this"),
    exists().where(Follow.question_id == questions.c.id, Follow.user_id == _viewer_id).label("following"),
    select(Effort.score).where(Effort.question_id == questions.c.id).scalar_subquery().label("effort"),
    exists()
    .where(
        expertise.c.user_id == _viewer_id,
        expertise.c.expires_at > _now,
        expertise.c.tag_id == question_tags.c.tag_id,
        question_tags.c.question_id == questions.c.id,
        counts(_viewer_id, bindparam("ripe", type_=questions.c.created_at.type)),
    )
    .label("expert"),
    exists().where(Verifier.user_id == _viewer_id, Verifier.paused_at.is_not(None)).label("paused"),
)

_successor = answers.alias("successor")
_successor_question = questions.alias("successor_question")
_successor_author = people.alias("successor_author")

_ANSWER_COLUMNS = (
    *_columns(
        answers,
        "id body_html author_id created_at edited_at score official state state_reason fresh_from best_before_at expires_at"
        " archived_at reworked_at verified_at verified_by_id verified_on works_count broken_count check_count removed_at"
        " removed_by_id removed_reason origin_url origin_author licence",
    ),
    _successor.c.id.label("successor_id"),
    _successor.c.question_id.label("successor_question_id"),
    _successor_question.c.title.label("successor_title"),
    _successor_author.c.name.label("successor_author"),
)
_ANSWERS_FROM = (
    answers.outerjoin(_successor, and_(_successor.c.id == answers.c.successor_id, _successor.c.removed_at.is_(None)))
    .outerjoin(_successor_question, _successor_question.c.id == _successor.c.question_id)
    .outerjoin(_successor_author, _successor_author.c.id == _successor.c.author_id)
)

ANSWERS = (
    select(*_ANSWER_COLUMNS, literal(0).label("my_vote"), literal("").label("my_signal"))
    .select_from(_ANSWERS_FROM)
    .where(answers.c.question_id == _question_id)
)
"""All of them, the removed ones too, in no order."""

ANSWERS_FOR_VIEWER = (
    select(
        *_ANSWER_COLUMNS,
        func.coalesce(votes.c.value, 0).label("my_vote"),
        func.coalesce(signals.c.kind, "").label("my_signal"),
    )
    .select_from(
        _ANSWERS_FROM.outerjoin(votes, and_(votes.c.answer_id == answers.c.id, _mine)).outerjoin(
            signals,
            and_(
                signals.c.answer_id == answers.c.id,
                signals.c.round == answers.c.round,
                signals.c.user_id == _viewer_id,
            ),
        )
    )
    .where(answers.c.question_id == _question_id)
)

COMMENTS = (
    select(*_columns(comments, "id answer_id body_html author_id created_at edited_at removed_at removed_reason"))
    .where(comments.c.question_id == _question_id)
    .order_by(comments.c.id)
)
"""All on the page, the oldest first."""

LIFE = (
    select(*_columns(transitions, "to_state event actor_id reason release at"))
    .where(transitions.c.answer_id == bindparam("answer_id"))
    .order_by(transitions.c.id.desc())
    .limit(LONGEST_LIFE)
)
"""The last steps of one answer's life, the newest first."""

PEOPLE = (
    select(
        *_columns(people, "id name avatar_url role reputation"),
        tags.c.name.label("expert_in"),
        expertise.c.expires_at.label("expert_until"),
    )
    .select_from(
        people.outerjoin(
            expertise.join(
                question_tags,
                and_(question_tags.c.tag_id == expertise.c.tag_id, question_tags.c.question_id == _question_id),
            ).join(tags, tags.c.id == expertise.c.tag_id),
            and_(expertise.c.user_id == people.c.id, expertise.c.expires_at > _now),
        )
    )
    .where(people.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(question_tags.c.position)
)
"""A row for each person, and further ones for who is an expert in several of the question's tags."""

OTHER_QUESTIONS = select(*_columns(questions, "id title lead_fresh_from lead_best_before_at lead_expires_at")).where(
    questions.c.id.in_(bindparam("ids", expanding=True)), questions.c.removed_at.is_(None)
)
"""What the page links to: related questions and the one it is a duplicate of."""

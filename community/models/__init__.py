"""The community's tables, a file per noun."""

from community.models.answer import Answer, Signal, Transition, Verification
from community.models.audit import AuditRecord
from community.models.comment import Comment
from community.models.notification import Notification
from community.models.question import Acceptance, Effort, Follow, MeToo, Question, QuestionTag
from community.models.revision import Revision
from community.models.tag import Expertise, Tag
from community.models.vote import Vote

__all__ = [
    "Acceptance",
    "Answer",
    "AuditRecord",
    "Comment",
    "Effort",
    "Expertise",
    "Follow",
    "MeToo",
    "Notification",
    "Question",
    "QuestionTag",
    "Revision",
    "Signal",
    "Tag",
    "Transition",
    "Verification",
    "Vote",
]

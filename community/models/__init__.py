"""The community's tables, a file per noun."""

from community.models.answer import Answer, Signal, Transition, Verification
from community.models.arm import Arm
from community.models.audit import AuditRecord
from community.models.beliefs import AnswerBelief, BeliefEvent, Night, SignalRecord, ViewDay
from community.models.bulk import BulkChange
from community.models.check import Assignment, Undo, Verifier
from community.models.comment import Comment
from community.models.fairness import (
    FairnessCursor,
    FairnessDue,
    FairnessLine,
    Finding,
    FindingAct,
    FindingPerson,
    NetworkMark,
    Tally,
)
from community.models.flag import Flag
from community.models.link import AnswerLink, Link
from community.models.notification import Notification
from community.models.question import Acceptance, Effort, Follow, MeToo, Question, QuestionTag
from community.models.release import Release, ReleaseTag
from community.models.revision import Revision
from community.models.simulation import Simulation
from community.models.standing import CurrentAnswer
from community.models.suggested_edit import SuggestedEdit
from community.models.tag import Expertise, ExpertiseSuggestion, Tag
from community.models.vote import Vote

__all__ = [
    "Acceptance",
    "Answer",
    "AnswerBelief",
    "AnswerLink",
    "Arm",
    "Assignment",
    "AuditRecord",
    "BeliefEvent",
    "BulkChange",
    "Comment",
    "CurrentAnswer",
    "Effort",
    "Expertise",
    "ExpertiseSuggestion",
    "FairnessCursor",
    "FairnessDue",
    "FairnessLine",
    "Finding",
    "FindingAct",
    "FindingPerson",
    "Flag",
    "Follow",
    "Link",
    "MeToo",
    "NetworkMark",
    "Night",
    "Notification",
    "Question",
    "QuestionTag",
    "Release",
    "ReleaseTag",
    "Revision",
    "Signal",
    "SignalRecord",
    "Simulation",
    "SuggestedEdit",
    "Tag",
    "Tally",
    "Transition",
    "Undo",
    "Verification",
    "Verifier",
    "ViewDay",
    "Vote",
]

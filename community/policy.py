"""Who may do what: one table. Verbs ask it with `require`, pages with `can`; the help page prints it.

A rule takes the person (None: nobody is signed in), the thing it is about, and the moment. It says yes, or why not. The
reputation that a privilege takes is asked of `reputation.privileges.current`, by the privilege's name, so a site's own values
hold everywhere at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from app.accounts.models import User
from app.errors import Forbidden, SignInNeeded
from reputation.privileges import current
from reputation.privileges.table import Thresholds

QUIET_BEFORE_ACCEPTING_FOR_ASKER = timedelta(days=7)


class Authored(Protocol):
    """Anything somebody wrote."""

    author_id: Any


@dataclass(frozen=True)
class Subject:
    """What a rule needs to know of the thing: its author, and facts that differ by action."""

    author_id: int | None = None
    asker_id: int | None = None
    quiet_since: datetime | None = None
    """The last activity on the question."""
    expert: bool = False
    """The person has standing expertise in one of its tags."""
    has_others_answers: bool = False
    accepted: bool = False
    official: bool = False
    """The company stands behind it."""
    closed: bool = False
    role: str | None = None
    """The role of the person it is about."""
    paused: bool = False
    """Too many of the person's own checks missed (`community.fairness.careless`)."""


@dataclass(frozen=True)
class Decision:
    """Yes, or no with the reason in words."""

    allowed: bool
    reason: str = ""
    needed: int | None = None
    """The reputation that it takes, where that is what the person lacks."""
    missing: int = 0
    """How much of it they lack."""


YES = Decision(True)
Rule = Callable[[User, Subject, datetime], Decision]


@dataclass(frozen=True)
class Action:
    """One line of the table."""

    words: str
    """What it is, after "may": as the help page says it."""
    who: str
    """Who may, in words; a privilege's name in braces stands for the reputation it takes."""
    rule: Rule
    while_suspended: bool = False
    confirmed_mail: bool = False

    def at(self, thresholds: Thresholds) -> "Action":
        """The line with the reputation that its privileges take at present."""
        return replace(self, who=self.who.format_map({name: f"{value:,}" for name, value in thresholds.all().items()}))


def _no(reason: str) -> Decision:
    return Decision(False, reason)


def _anyone(_by: User, _subject: Subject, _now: datetime) -> Decision:
    return YES


def _short(by: User, needed: int, words: str) -> Decision:
    """A refusal for want of reputation, which says how far it is."""
    missing = needed - by.reputation
    return Decision(False, f"{words}; you have {by.reputation:,}, {missing:,} short.", needed, missing)


def _reputation(privilege: str, what: str) -> Rule:
    def rule(by: User, _subject: Subject, _now: datetime) -> Decision:
        needed = current.needed(privilege)
        if by.is_staff or by.reputation >= needed:
            return YES
        return _short(by, needed, f"You need {needed:,} reputation to {what}")

    return rule


def _not_own(rule: Rule, own: str) -> Rule:
    def wrapped(by: User, subject: Subject, now: datetime) -> Decision:
        return _no(own) if subject.author_id == by.id else rule(by, subject, now)

    return wrapped


def _author_or(rule: Rule) -> Rule:
    def wrapped(by: User, subject: Subject, now: datetime) -> Decision:
        return YES if subject.author_id == by.id else rule(by, subject, now)

    return wrapped


def _open(rule: Rule) -> Rule:
    def wrapped(by: User, subject: Subject, now: datetime) -> Decision:
        return _no("This question is closed, so it takes no more answers.") if subject.closed else rule(by, subject, now)

    return wrapped


def _staff(by: User, _subject: Subject, _now: datetime) -> Decision:
    return YES if by.is_staff else _no("Only staff can do this.")


def _moderator(by: User, _subject: Subject, _now: datetime) -> Decision:
    return YES if by.is_moderator else _no("Only moderators can do this.")


def _verifier(by: User, subject: Subject, _now: datetime) -> Decision:
    if subject.paused:
        return _no("Your checks are paused, since too many of them missed something. A moderator can let you begin anew.")
    if by.is_staff or subject.expert:
        return YES
    return _no("Only staff and experts in one of the question’s tags can verify an answer.")


def _edit(by: User, subject: Subject, now: datetime) -> Decision:
    if subject.official and not by.is_staff:
        return _no("The company stands behind this answer, so only staff change it. Say what is wrong in a comment.")
    return _author_or(_reputation("edit", "edit what others wrote without review"))(by, subject, now)


def _comment(by: User, subject: Subject, now: datetime) -> Decision:
    if by.id in (subject.author_id, subject.asker_id):
        return YES
    return _reputation("comment", "comment on what others wrote")(by, subject, now)


def _confirm(by: User, subject: Subject, now: datetime) -> Decision:
    return YES if subject.expert else _reputation("confirm", "confirm answers with your own weight")(by, subject, now)


def _suggest(by: User, subject: Subject, now: datetime) -> Decision:
    if _edit(by, subject, now).allowed:
        return _no("You can edit this without review.")
    return YES


def _accept(by: User, subject: Subject, now: datetime) -> Decision:
    if subject.asker_id == by.id:
        return YES
    needed = current.needed("accept")
    if not (by.is_staff or by.reputation >= needed):
        days = QUIET_BEFORE_ACCEPTING_FOR_ASKER.days
        words = f"Only the person who asked can accept an answer. After {days} quiet days {needed:,} reputation is enough"
        return _short(by, needed, words)
    if subject.author_id == by.id:
        return _no("You wrote this answer, so somebody else has to accept it.")
    if subject.quiet_since is not None and now - subject.quiet_since < QUIET_BEFORE_ACCEPTING_FOR_ASKER:
        return _no("The person who asked has seven days to accept an answer themselves; they are not over yet.")
    return YES


def _asker(by: User, subject: Subject, _now: datetime) -> Decision:
    return YES if subject.asker_id == by.id else _no("Only the person who asked can say this.")


def _withdraw_acceptance(by: User, subject: Subject, _now: datetime) -> Decision:
    if subject.asker_id == by.id or by.is_moderator:
        return YES
    return _no("Only the person who asked can withdraw the acceptance.")


def _archive(by: User, subject: Subject, _now: datetime) -> Decision:
    if by.is_moderator or subject.author_id == by.id:
        return YES
    return _no("Name the answer that takes its place: without one, only the author and moderators can archive it.")


def _remove_own(by: User, subject: Subject, _now: datetime) -> Decision:
    if by.is_moderator:
        return YES
    if subject.author_id != by.id:
        return _no("Only the author and moderators can remove this.")
    if subject.accepted:
        return _no("It is accepted, so others rely on it; ask a moderator to remove it.")
    if subject.has_others_answers:
        return _no("Others have answered it, so it is theirs too; ask a moderator to remove it.")
    return YES


def _suspend(by: User, subject: Subject, _now: datetime) -> Decision:
    if not by.is_moderator:
        return _no("Only moderators can suspend an account.")
    if subject.author_id == by.id:
        return _no("You cannot suspend yourself.")
    if subject.role in ("moderator", "admin") and not by.is_admin:
        return _no("Only an admin can suspend a moderator or an admin.")
    return YES


def _admin(by: User, _subject: Subject, _now: datetime) -> Decision:
    return YES if by.is_admin else _no("Only admins can do this.")


RULES: Mapping[str, Action] = MappingProxyType(
    {
        "ask": Action("ask a question", "everybody signed in", _anyone),
        "answer": Action("answer an open question", "everybody signed in", _open(_anyone)),
        "comment": Action("comment", "its author, who asked, staff, and people with {comment} reputation", _comment),
        "edit": Action(
            "edit a question or an answer",
            "its author, staff, and people with {edit} reputation; an official answer only staff",
            _edit,
        ),
        "suggest_edit": Action(
            "suggest an edit of a question or an answer",
            "everybody who cannot edit it without review",
            _suggest,
            confirmed_mail=True,
        ),
        "edit_comment": Action("edit a comment", "its author, and moderators", _author_or(_moderator)),
        "vote_up": Action(
            "vote up",
            "people with {vote_up} reputation and a confirmed mail address, not on their own",
            _not_own(_reputation("vote_up", "vote"), "You cannot vote on what you wrote yourself."),
            confirmed_mail=True,
        ),
        "vote_down": Action(
            "vote down",
            "people with {vote_down} reputation, not on their own",
            _not_own(_reputation("vote_down", "vote down"), "You cannot vote on what you wrote yourself."),
            confirmed_mail=True,
        ),
        "withdraw_vote": Action("withdraw a vote", "who cast it", _anyone),
        "accept": Action(
            "accept an answer",
            "who asked; after seven quiet days also staff and people with {accept} reputation",
            _accept,
        ),
        "withdraw_acceptance": Action("withdraw an acceptance", "who asked, and moderators", _withdraw_acceptance),
        "rate_effort": Action("say how easy it was", "who asked", _asker),
        "me_too": Action(
            "say “I have this too”", "everybody signed in, except who asked", _not_own(_anyone, "It is your question.")
        ),
        "follow": Action("follow a question", "everybody signed in", _anyone, while_suspended=True),
        "signal": Action(
            "say whether an answer works",
            "everybody, signed in or not, except its author",
            _not_own(_anyone, "It is your own answer, so your word on it cannot count."),
        ),
        "confirm": Action(
            "have “works for me” count for more than a visitor’s",
            "staff, experts in one of its tags, and people with {confirm} reputation",
            _confirm,
        ),
        "verify": Action(
            "verify an answer",
            "staff and experts in one of its tags, never its author",
            _not_own(_verifier, "You wrote this answer, so somebody else has to check it."),
            confirmed_mail=True,
        ),
        "review": Action("see the review queue", "staff and experts", _verifier),
        "see_health": Action("see how fresh the forum is, and who checks", "staff", _staff),
        "supersede": Action(
            "archive an answer in favour of another", "its author, verifiers and moderators", _author_or(_verifier)
        ),
        "archive": Action("archive an answer", "its author, and moderators", _archive),
        "restore_answer": Action("bring back an archived answer", "moderators", _moderator),
        "official": Action("answer for the company", "staff", _staff),
        "acknowledge": Action("acknowledge a question", "staff", _staff),
        "create_tag": Action(
            "make a new tag",
            "staff, and people with {create_tag} reputation",
            _reputation("create_tag", "make a new tag"),
        ),
        "remove": Action(
            "remove a post",
            "its author while nobody relies on it, and moderators",
            _remove_own,
        ),
        "restore": Action("restore a removed post", "moderators", _moderator),
        "see_removed": Action("see removed posts", "moderators", _moderator),
        "close": Action(
            "close and reopen a question",
            "staff, and people with {close} reputation",
            _reputation("close", "close a question"),
        ),
        "see_duplicates": Action(
            "see possible duplicates",
            "staff, and people with {close} reputation",
            _reputation("close", "see possible duplicates"),
        ),
        "flag": Action(
            "flag a post for moderators",
            "people with {flag} reputation, not their own",
            _not_own(_reputation("flag", "flag a post"), "It is yours: edit it, or remove it."),
            confirmed_mail=True,
        ),
        "see_queue": Action(
            "see the moderators’ queue of flags",
            "staff, and people with {see_queue} reputation; only moderators decide there",
            _reputation("see_queue", "see the moderators’ queue"),
        ),
        "save_search": Action("save a search and hear of what is new", "everybody signed in", _anyone, while_suspended=True),
        "explain_search": Action("see why a search finds what it finds", "moderators", _moderator),
        "moderate": Action("see the moderators’ pages", "moderators", _moderator),
        "suspend": Action("suspend an account", "moderators; a moderator’s own account only admins", _suspend),
        "judge_fairness": Action(
            "decide on votes that look arranged, and on appeals", "moderators, not about themselves", _moderator
        ),
        "see_votes": Action("see who voted for whom", "moderators; each look is written down", _moderator),
        "set_fairness": Action("set from when votes look arranged", "admins", _admin),
        "appeal": Action(
            "appeal when votes were taken back", "everybody whose votes or points these were", _anyone, while_suspended=True
        ),
        "set_aside": Action("put aside what a crowd of new accounts reports", "moderators", _moderator),
        "set_policy": Action("change how long answers under a tag stay current", "moderators", _moderator),
        "announce_release": Action("announce a release of a product or tariff", "staff", _staff),
        "bulk_change": Action("change many answers at once", "moderators", _moderator),
        "grant_expertise": Action("make somebody an expert in a tag", "moderators", _moderator),
        "set_privileges": Action("change which reputation gives which privilege", "admins", _admin),
        "take_badge": Action("take a badge back, and give it back", "moderators", _moderator),
        "name_ranks": Action("name the ranks", "admins", _admin),
        "take_reward": Action(
            "take a reward, where the site gives any",
            "whose contributions it is for",
            _author_or(lambda _by, _subject, _now: _no("Only its owner can take a reward.")),
        ),
        "run_rewards": Action("say what contributions are worth in money, and close the accounts of a period", "admins", _admin),
        "close_account": Action("close an account", "admins", _admin),
        "merge_accounts": Action("merge an account into another of the same person", "admins", _admin),
        "set_role": Action("change a person’s role", "admins", _admin),
    }
)
"""The table: action → who may."""


def decide(by: User | None, action: str, subject: Subject | None, now: datetime) -> Decision:
    """Whether `by` may do `action`, and if not why. KeyError for an action that is not in the table."""
    line = RULES[action]
    if by is None:
        return YES if action == "signal" else _no("Sign in first.")
    if by.is_suspended(now) and not line.while_suspended:
        until = f"{by.suspended_until:%-d %B %Y}" if by.suspended_until else ""
        return _no(f"Your account is suspended until {until}: {by.suspended_reason}")
    if line.confirmed_mail and by.email_confirmed_at is None:
        return _no("Confirm your mail address first: the link is in the mail we sent you, and in your settings.")
    return line.rule(by, subject or Subject(), now)


def can(by: User | None, action: str, subject: Subject | None, now: datetime) -> bool:
    """Whether `by` may do `action`; for pages."""
    return decide(by, action, subject, now).allowed


def require(by: User | None, action: str, subject: Subject | None, now: datetime) -> None:
    """Pass, or raise SignInNeeded or Forbidden with the reason."""
    decision = decide(by, action, subject, now)
    if decision.allowed:
        return
    raise SignInNeeded(decision.reason) if by is None else Forbidden(decision.reason)

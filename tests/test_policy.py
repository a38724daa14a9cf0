"""Who may do what: the whole table, every action for every kind of person, and what else decides."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.accounts.models import Role, User
from app.errors import Forbidden, SignInNeeded
from community import policy
from community.policy import RULES, Subject

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
QUIET = Subject(author_id=1, asker_id=2, quiet_since=NOW - timedelta(days=8))
"""An answer by person 1 to a question of person 2, a week and a day after anything happened."""


def person(
    number: int, reputation: int = 1, role: Role = Role.CUSTOMER, *, confirmed: bool = True, suspended: bool = False
) -> User:
    return User(
        id=number,
        name=f"Person {number}",
        role=role,
        reputation=reputation,
        email_confirmed_at=NOW if confirmed else None,
        suspended_until=NOW + timedelta(days=1) if suspended else None,
        suspended_reason="Advertising." if suspended else None,
    )


KINDS: dict[str, tuple[User | None, Subject]] = {
    "nobody": (None, QUIET),
    "unconfirmed": (person(3, confirmed=False), QUIET),
    "newcomer": (person(3), QUIET),
    "rep 50": (person(3, 50), QUIET),
    "rep 100": (person(3, 100), QUIET),
    "rep 500": (person(3, 500), QUIET),
    "expert": (person(3), replace(QUIET, expert=True)),
    "asker": (person(2), QUIET),
    "author": (person(1), QUIET),
    "staff": (person(3, role=Role.STAFF), QUIET),
    "moderator": (person(3, role=Role.MODERATOR), QUIET),
    "admin": (person(3, role=Role.ADMIN), QUIET),
    "suspended": (person(3, 500, Role.MODERATOR, suspended=True), replace(QUIET, expert=True)),
}

#                    nobody
#                    | unconfirmed
#                    | | newcomer
#                    | | | reputation 50
#                    | | | | reputation 100
#                    | | | | | reputation 500
#                    | | | | | | expert
#                    | | | | | | | asker
#                    | | | | | | | | author
#                    | | | | | | | | | staff
#                    | | | | | | | | | | moderator
#                    | | | | | | | | | | | admin
#                    | | | | | | | | | | | | suspended
TABLE = """
ask                  - + + + + + + + + + + + -
answer               - + + + + + + + + + + + -
comment              - + + + + + + + + + + + -
edit                 - - - - - + - - + + + + -
suggest_edit         - - + + + - + + - - - - -
edit_comment         - - - - - - - - + - + + -
vote_up              - - + + + + + + - + + + -
vote_down            - - - + + + - - - + + + -
withdraw_vote        - + + + + + + + + + + + -
accept               - - - - - + - + - + + + -
withdraw_acceptance  - - - - - - - + - - + + -
rate_effort          - - - - - - - + - - - - -
me_too               - + + + + + + + - + + + -
follow               - + + + + + + + + + + + +
signal               + + + + + + + + - + + + -
confirm              - + + + + + + + + + + + -
verify               - - - - - - + - - + + + -
review               - - - - - - + - - + + + -
see_health           - - - - - - - - - + + + -
supersede            - - - - - - + - + + + + -
archive              - - - - - - - - + - + + -
restore_answer       - - - - - - - - - - + + -
official             - - - - - - - - - + + + -
acknowledge          - - - - - - - - - + + + -
create_tag           - - - - + + - - - + + + -
remove               - - - - - - - - + - + + -
restore              - - - - - - - - - - + + -
see_removed          - - - - - - - - - - + + -
close                - - - - - + - - - + + + -
see_duplicates       - - - - - + - - - + + + -
flag                 - - + + + + + + - + + + -
see_queue            - - - - - - - - - + + + -
save_search          - + + + + + + + + + + + +
explain_search       - - - - - - - - - - + + -
moderate             - - - - - - - - - - + + -
suspend              - - - - - - - - - - + + -
judge_fairness       - - - - - - - - - - + + -
see_votes            - - - - - - - - - - + + -
set_fairness         - - - - - - - - - - - + -
appeal               - + + + + + + + + + + + +
set_aside            - - - - - - - - - - + + -
set_policy           - - - - - - - - - - + + -
announce_release     - - - - - - - - - + + + -
bulk_change          - - - - - - - - - - + + -
grant_expertise      - - - - - - - - - - + + -
set_privileges       - - - - - - - - - - - + -
take_badge           - - - - - - - - - - + + -
name_ranks           - - - - - - - - - - - + -
take_reward          - - - - - - - - + - - - -
run_rewards          - - - - - - - - - - - + -
close_account        - - - - - - - - - - - + -
merge_accounts       - - - - - - - - - - - + -
set_role             - - - - - - - - - - - + -
"""
EXPECTED = {line.split()[0]: [mark == "+" for mark in line.split()[1:]] for line in TABLE.strip().splitlines()}
CASES = [(action, kind, may) for action, row in EXPECTED.items() for kind, may in zip(KINDS, row, strict=True)]


def test_the_table_is_whole() -> None:
    assert list(EXPECTED) == list(RULES)


@pytest.mark.parametrize(("action", "kind", "may"), CASES)
def test_who_may(action: str, kind: str, may: bool) -> None:
    by, subject = KINDS[kind]
    decision = policy.decide(by, action, subject, NOW)
    assert decision.allowed is may
    assert bool(decision.reason) is not may, "a refusal says why"
    assert policy.can(by, action, subject, NOW) is may
    if may:
        policy.require(by, action, subject, NOW)
    else:
        with pytest.raises(SignInNeeded if by is None else Forbidden):
            policy.require(by, action, subject, NOW)


@pytest.mark.parametrize("action", RULES)
def test_every_line_says_who_in_words(action: str) -> None:
    line = RULES[action]
    assert line.words
    assert line.who


def test_an_action_that_is_not_in_the_table() -> None:
    with pytest.raises(KeyError):
        policy.can(person(3), "fly", None, NOW)


# --- what else decides --------------------------------------------------------------------------------------------------


def may(by: User, action: str, **facts: object) -> bool:
    return policy.can(by, action, replace(QUIET, **facts), NOW)  # type: ignore[arg-type]  # facts are fields of Subject


def test_a_closed_question_takes_no_answers_from_anybody() -> None:
    assert not may(person(3, role=Role.ADMIN), "answer", closed=True)


def test_accepting_for_the_asker_waits_for_seven_quiet_days() -> None:
    busy = NOW - timedelta(days=7) + timedelta(seconds=1)
    for helper in (person(3, 500), person(3, role=Role.STAFF), person(3, role=Role.ADMIN)):
        assert not may(helper, "accept", quiet_since=busy)
        assert may(helper, "accept", quiet_since=NOW - timedelta(days=7))
    assert may(person(2), "accept", quiet_since=busy)


def test_an_author_never_verifies_whoever_they_are() -> None:
    assert not may(person(1, role=Role.STAFF), "verify", expert=True)
    assert not may(person(1, role=Role.ADMIN), "verify")


def test_an_author_removes_what_nobody_relies_on() -> None:
    author = person(1)
    assert may(author, "remove")
    assert not may(author, "remove", accepted=True)
    assert not may(author, "remove", has_others_answers=True)
    assert may(person(3, role=Role.MODERATOR), "remove", accepted=True, has_others_answers=True)


def test_suspending_moderators_takes_an_admin() -> None:
    moderator, admin = person(3, role=Role.MODERATOR), person(4, role=Role.ADMIN)
    for role in ("moderator", "admin"):
        assert not may(moderator, "suspend", role=role)
        assert may(admin, "suspend", role=role)
    assert may(moderator, "suspend", role="staff")
    assert not may(person(1, role=Role.ADMIN), "suspend", role="admin"), "nobody suspends themselves"


def test_a_suspension_that_is_over_is_over() -> None:
    by = person(3, suspended=True)
    by.suspended_until = NOW
    assert policy.can(by, "ask", None, NOW)
    by.suspended_until = NOW + timedelta(seconds=1)
    decision = policy.decide(by, "ask", None, NOW)
    assert decision.reason == "Your account is suspended until 21 November 2026: Advertising."


@pytest.mark.parametrize(
    ("action", "below", "at"),
    [
        ("vote_up", 0, 1),
        ("vote_down", 49, 50),
        ("comment", 0, 1),
        ("edit", 499, 500),
        ("create_tag", 99, 100),
        ("accept", 499, 500),
        ("close", 499, 500),
        ("flag", 0, 1),
        ("confirm", 0, 1),
        ("see_queue", 999, 1000),
    ],
)
def test_a_threshold_begins_at_its_number(action: str, below: int, at: int) -> None:
    assert not may(person(3, below), action)
    assert may(person(3, at), action)


def test_own_posts_ask_for_no_reputation_to_comment() -> None:
    assert may(person(1, 0), "comment")

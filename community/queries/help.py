"""The help page: it prints the constants that the product goes by, so that it cannot say anything else than what happens."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import current_app
from limits import parse
from markupsafe import Markup
from sqlalchemy import Select, case, func, or_, select

from app import rendering
from app.accounts import avatars, fields, strength
from app.accounts.links import LIFETIMES, Purpose
from app.db import db
from app.rendering.stored import stored
from app.security import LIMITS
from community import interest, lifecycle, policy, tags, texts, votes
from community.freshness import weights
from community.lifecycle import State
from community.models import Tag
from community.moderation import closing, expertise, flags, suggested_edits, suspension, tag_policy
from community.notifications.inbox import IMPERSONAL, KINDS
from community.queries import help_freshness
from community.queries.addresses import tag_url
from community.queries.shared import Freshness
from community.queries.tags import days
from reputation import points
from reputation.privileges import current

MOST_TAGS = 20
"""Tags with a policy of their own that the page lists; the index has all."""

STATES = (
    (
        Freshness(State.FRESH, share=0.78),
        "Good until its date",
        "There is little doubt that it is right: it was posted, accepted or checked lately. The ring runs out towards its date.",
    ),
    (
        Freshness(State.DUE),
        "Past its date",
        "It has become doubtful. It stays open under a warning, comes later in search, and waits in the review queue.",
    ),
    (
        Freshness(State.EXPIRED),
        "Expired",
        "Nobody vouched for it in time, or a check found it wrong. It is folded away, and search leaves it out.",
    ),
    (
        Freshness(State.ARCHIVED),
        "Archived",
        "Somebody decided that it has had its time, and often names the answer that took its place.",
    ),
    (Freshness("none"), "No answer yet", "There is nothing that could be fresh."),
)
"""What the rings mean."""

MARKDOWN = (
    "**bold** and *leaning*",
    "`restart wan`",
    "- first\n- second",
    "1. unplug\n2. wait",
    "> what somebody said",
    "[our status page](https://example.com/status)",
    "```\nping 192.0.2.1\n```",
    "| port | light |\n|---|---|\n| WAN | green |",
)
"""What is typed; the page shows beside it what the renderer makes of it."""

KEYS = (
    ("1", "Still right"),
    ("2", "Wrong, here is the repair"),
    ("3", "Wrong"),
    ("4", "Cannot tell"),
    ("5", "Archive"),
    ("6", "Skip"),
    ("Esc", "leave a field, so that the keys above work again"),
)
"""Keys of the review queue: the buttons' order there, which a test compares."""


@dataclass(frozen=True, slots=True)
class OwnPolicy:
    """A tag that asks for something else than the site does."""

    name: str
    url: str
    interval: str
    grace: str
    verifiers: int


@dataclass(frozen=True, slots=True)
class HelpPage:
    """Everything the page prints."""

    states: tuple[tuple[Freshness, str, str], ...]
    doubt: help_freshness.Freshness
    longest_interval: str
    grace: str
    verifiers: int
    own_policies: tuple[OwnPolicy, ...]
    spread: str
    prices: tuple[points.Price, ...]
    daily_cap: int
    starting_reputation: int
    confirmations_paid: int
    kept_current_pause: str
    privileges: tuple[policy.Action, ...]
    votes_a_day: int
    up_votes_per_pair: int
    down_votes_per_pair: int
    take_back_within: str
    quiet_before_accepting: str
    easiest: int
    expertise_lasts: str
    edits_at_once: int
    edits_a_day: int
    flags_a_day: int
    spam_flags: int
    new_for: str
    """How long an account is new, whose flags alone remove nothing."""
    closing_reasons: tuple[str, ...]
    suspension_lengths: str
    longest_suspension: str
    notices: tuple[str, ...]
    events: tuple[str, ...]
    """Notices that are sentences of their own, about what nobody did."""
    markdown: tuple[tuple[str, Markup], ...]
    text_limits: tuple[tuple[str, str], ...]
    rate_limits: tuple[tuple[str, str], ...]
    link_lives: tuple[tuple[str, str], ...]
    keys: tuple[tuple[str, str], ...]


def help_page() -> HelpPage:
    """The page. Two statements, for the tags' policies and the privileges."""
    thresholds = current.read(db.session())
    return HelpPage(
        states=STATES,
        doubt=help_freshness.freshness(),
        longest_interval=days(lifecycle.LONGEST_INTERVAL_DAYS),
        grace=days(lifecycle.DEFAULT_GRACE_DAYS),
        verifiers=tags.DEFAULT_VERIFIERS,
        own_policies=tuple(_own_policy(row) for row in db.session.connection().execute(_policies())),
        spread=days(tag_policy.LONGEST_SPREAD_DAYS),
        prices=tuple(points.PRICES.values()),
        daily_cap=points.DAILY_CAP,
        starting_reputation=points.STARTING_REPUTATION,
        confirmations_paid=points.DAILY_CONFIRMATIONS_PAID,
        kept_current_pause=days(points.KEPT_CURRENT_PAUSE.days),
        privileges=tuple(line.at(thresholds) for line in policy.RULES.values()),
        votes_a_day=votes.VOTES_A_DAY,
        up_votes_per_pair=votes.UP_VOTES_PER_PAIR,
        down_votes_per_pair=votes.DOWN_VOTES_PER_PAIR,
        take_back_within=days(votes.TAKE_BACK_WITHIN.days),
        quiet_before_accepting=days(policy.QUIET_BEFORE_ACCEPTING_FOR_ASKER.days),
        easiest=interest.EASIEST,
        expertise_lasts=days(expertise.LASTS.days),
        edits_at_once=suggested_edits.OPEN_AT_ONCE,
        edits_a_day=suggested_edits.A_DAY,
        flags_a_day=flags.A_DAY,
        spam_flags=flags.SPAM_FLAGS,
        new_for=days(weights.NEW_FOR.days),
        closing_reasons=tuple(closing.REASONS.values()),
        suspension_lengths=listed([days(length) for length in suspension.LENGTHS_DAYS]),
        longest_suspension=days(suspension.LONGEST_DAYS),
        notices=tuple(words for kind, words in KINDS.items() if kind not in IMPERSONAL),
        events=tuple(KINDS[kind] for kind in KINDS if kind in IMPERSONAL),
        markdown=_examples(),
        text_limits=_text_limits(),
        rate_limits=_rate_limits(),
        link_lives=_link_lives(),
        keys=KEYS,
    )


def listed(parts: list[str]) -> str:
    """Parts of a sentence: "1 day, 3 days or 7 days"."""
    return " or ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


@cache
def _policies() -> Select[*tuple[Any, ...]]:
    """Tags with a policy of their own, the strictest interval first."""
    own = or_(Tag.interval_days.is_not(None), Tag.grace_days.is_not(None), Tag.verifiers_needed.is_not(None))
    default = case((Tag.freshness == "plain", lifecycle.DEFAULT_INTERVAL_DAYS), else_=lifecycle.DEFAULT_LONGEST_DAYS)
    interval = func.coalesce(Tag.interval_days, default)
    return (
        select(Tag.name, Tag.freshness, Tag.interval_days, Tag.grace_days, Tag.verifiers_needed)
        .where(own)
        .order_by(interval, Tag.name)
        .limit(MOST_TAGS)
    )


def _own_policy(row: Any) -> OwnPolicy:  # noqa: ANN401 - a row of the query's own columns
    grace = row.grace_days if row.grace_days is not None else lifecycle.DEFAULT_GRACE_DAYS
    longest = lifecycle.DEFAULT_INTERVAL_DAYS if row.freshness == "plain" else lifecycle.DEFAULT_LONGEST_DAYS
    return OwnPolicy(
        name=row.name,
        url=tag_url(row.name),
        interval=days(row.interval_days if row.interval_days is not None else longest),
        grace=days(grace) if grace else "none: it expires at once",
        verifiers=row.verifiers_needed if row.verifiers_needed is not None else tags.DEFAULT_VERIFIERS,
    )


@cache
def _examples() -> tuple[tuple[str, Markup], ...]:
    return tuple((source, stored(rendering.render_markdown(source))) for source in MARKDOWN)


def _text_limits() -> tuple[tuple[str, str], ...]:
    def between(least: int, most: int) -> str:
        return f"{least:,} to {most:,} characters"

    return (
        ("A title", between(texts.SHORTEST_TITLE, texts.LONGEST_TITLE)),
        ("A question or an answer", between(texts.SHORTEST_BODY, rendering.MAX_BODY)),
        ("A comment", between(texts.SHORTEST_COMMENT, rendering.MAX_COMMENT)),
        ("Tags of a question", f"up to {tags.MOST_TAGS}, each up to {tags.LONGEST_TAG} characters"),
        ("Product and release", f"up to {texts.LONGEST_PRODUCT} characters each"),
        ("How you checked, a note, a reason", f"up to {texts.LONGEST_NOTE:,} characters"),
        ("Your name", between(fields.NAME_MIN, fields.NAME_MAX)),
        ("What you say about yourself", f"up to {fields.ABOUT_MAX:,} characters"),
        ("Your password", f"at least {strength.MIN_LENGTH} characters, and not easy to guess"),
        ("Your picture", f"up to {avatars.MAX_BYTES // 1024 // 1024} MB"),
    )


_RATED = {
    "vote": "Votes",
    "signal": "“Works for me” and “no longer works”",
    "search": "Searches",
    "suggest": "Suggestions while one types",
    "preview": "Previews",
    "sign-in": "Attempts to sign in",
    "sign-up": "New accounts",
    "mail-link": "Mails with a link",
}


def _rate_limits() -> tuple[tuple[str, str], ...]:
    """How often things can be done, from one network address; and how long a browser stays signed in."""
    settings = current_app.config["SETTINGS"]
    rated = [
        ("Questions and answers of one person", f"{settings.posts_per_hour} in an hour"),
        ("A browser stays signed in", f"until it has not been here for {days(settings.session_lifetime.days)}"),
    ]
    for name, limit in LIMITS.items():
        item = parse(limit)
        unit = item.GRANULARITY.name
        span = f"{'an' if unit == 'hour' else 'a'} {unit}" if item.multiples == 1 else f"{item.multiples} {unit}s"
        rated.append((_RATED[name], f"{item.amount} in {span}"))
    return tuple(rated)


_LINKS = {
    Purpose.CONFIRM: "confirm a mail address",
    Purpose.RESET: "set a new password",
    Purpose.EMAIL: "change a mail address",
}


def _link_lives() -> tuple[tuple[str, str], ...]:
    return tuple(
        (_LINKS[purpose], days(life.days) if life.days else f"{life.seconds // 3600} hour") for purpose, life in LIFETIMES.items()
    )

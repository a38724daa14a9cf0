"""What no row can tell by itself: rows that refer to nothing are weeded out of the stage, and points are worked out in it."""

import json

from app.importers.report import EXAMPLES, Report
from app.importers.stackexchange.readers import ANSWER, DOWN, QUESTION, UP
from app.importers.stackexchange.stage import INDEXES, Stage
from reputation import points

COMMUNITY_USER = -1
"""The network's own account: it owns what nobody is to be paid for."""
PAID = {
    (QUESTION, UP): "question_upvoted",
    (QUESTION, DOWN): "question_downvoted",
    (ANSWER, UP): "answer_upvoted",
    (ANSWER, DOWN): "answer_downvoted",
}
"""(kind of post, kind of vote) → the reason on the price list."""

_NO_QUESTION = "kind = 2 AND NOT EXISTS (SELECT 1 FROM posts q WHERE q.id = posts.thread AND q.kind = 1)"
_ACCEPTS_NOTHING = """
    kind = 1 AND accepted IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM posts a WHERE a.id = posts.accepted AND a.kind = 2 AND a.thread = posts.id)"""
_NO_OWNER = "kind IN (1, 2) AND NOT EXISTS (SELECT 1 FROM users WHERE users.id = posts.owner)"
_NO_POST = "NOT EXISTS (SELECT 1 FROM posts WHERE posts.id = {table}.{column})"
_OTHER_POST = "EXISTS (SELECT 1 FROM posts WHERE posts.id = {table}.{column} AND posts.thread IS NULL)"
_NOT_ACCEPTED = """
    kind = 1
    AND NOT EXISTS (SELECT 1 FROM posts a JOIN posts q ON q.id = a.thread WHERE a.id = votes.post AND q.accepted = a.id)"""
_COMMENT_NO_USER = "NOT EXISTS (SELECT 1 FROM users WHERE users.id = comments.user)"

_EARN = """
    INSERT INTO earned SELECT v.id, v.post, p.owner, v.at, ?, ?, 0
    FROM votes v JOIN posts p ON p.id = v.post WHERE p.kind = ? AND v.kind = ?"""

UNPAID = (
    ("NOT EXISTS (SELECT 1 FROM users WHERE users.id = p.owner)", "for somebody unknown here"),
    (f"p.owner = {COMMUNITY_USER}", "on a post of the network's own account"),
    ("p.community <= v.at", "on a post that belongs to the community"),
)
"""Whose votes count in the score but pay nobody: the condition, and the words for it."""


def weed(stage: Stage, report: Report) -> None:
    """Take out what refers to nothing, and count it; then index the rest."""
    _take_out(stage, report, "Posts.xml", "posts", "an answer whose question is not in Posts.xml", _NO_QUESTION)
    for statement in INDEXES.split(";"):
        stage.do(statement)
    if _count(stage, report, "Posts.xml", "posts", "accepts an answer that it does not have; kept without it", _ACCEPTS_NOTHING):
        stage.do(f"UPDATE posts SET accepted = NULL WHERE {_ACCEPTS_NOTHING}")  # noqa: S608 - a constant of this module
    _count(stage, report, "Posts.xml", "posts", "the author is not in Users.xml; kept under “Former member”", _NO_OWNER)
    for file, table, column in (
        ("Votes.xml", "votes", "post"),
        ("Comments.xml", "comments", "post"),
        ("PostHistory.xml", "history", "post"),
        ("PostLinks.xml", "links", "post"),
        ("PostLinks.xml", "links", "related"),
    ):
        at = {"table": table, "column": column}
        _take_out(stage, report, file, table, "refers to a post that is not in Posts.xml", _NO_POST.format(**at))
        _take_out(stage, report, file, table, "belongs to no question or answer", _OTHER_POST.format(**at))
    _take_out(stage, report, "Votes.xml", "votes", "accepts an answer that is not the accepted one", _NOT_ACCEPTED)
    _count(
        stage,
        report,
        "Comments.xml",
        "comments",
        "the author is not in Users.xml; kept under “Former member”",
        _COMMENT_NO_USER,
    )


def work_out_points(stage: Stage, report: Report) -> None:
    """Fill `earned`: what each vote pays the author, by the price list and under the daily cap, and what the cap swallows.

    The cap takes a day's votes in their order, so that it does not matter in how many runs they are written.
    """
    cases = " ".join(f"WHEN {condition} THEN {place}" for place, (condition, _) in enumerate(UNPAID))
    votes = "votes v JOIN posts p ON p.id = v.post WHERE v.kind <> 1"
    for place, count in stage.rows(f"SELECT CASE {cases} END AS place, count(*) FROM {votes} GROUP BY place"):  # noqa: S608 - constants of this module
        if place is not None:
            report.pass_over("Votes.xml", f"a vote {UNPAID[place][1]}: counts in the score, but pays nobody", count=count)
    unpaid = " OR ".join(condition for condition, _ in UNPAID)
    for (post_kind, vote_kind), reason in PAID.items():
        price = points.PRICES[reason]
        stage.do(_EARN + f" AND NOT coalesce({unpaid}, 0)", (reason, price.points, post_kind, vote_kind))
    capped = [reason for reason in PAID.values() if points.PRICES[reason].capped]
    stage.do(
        "INSERT INTO counted SELECT id, min(after, ?) - min(after - delta, ?) FROM"
        " (SELECT e.id, e.delta, sum(e.delta) OVER (PARTITION BY e.user, v.day ORDER BY e.id) AS after"
        "  FROM earned e JOIN votes v ON v.id = e.id WHERE e.delta > 0 AND e.reason IN (SELECT value FROM json_each(?)))"
        " WHERE after > ?",
        (points.DAILY_CAP, points.DAILY_CAP, json.dumps(capped), points.DAILY_CAP),
    )
    stage.do("UPDATE earned SET withheld = earned.delta - c.delta, delta = c.delta FROM counted c WHERE c.id = earned.id")
    stage.do("CREATE INDEX earned_post ON earned (post)")


def _count(stage: Stage, report: Report, file: str, table: str, reason: str, condition: str) -> int:
    found = stage.one(f"SELECT count(*) FROM {table} WHERE {condition}")[0]  # noqa: S608 - our own tables and conditions
    if found:
        query = f"SELECT line, id FROM {table} WHERE {condition} ORDER BY id LIMIT {EXAMPLES}"  # noqa: S608 - as above
        for line, number in stage.rows(query):
            report.pass_over(file, reason, f"line {line}, row {number}", count=0)
        report.pass_over(file, reason, count=found)
    return int(found)


def _take_out(stage: Stage, report: Report, file: str, table: str, reason: str, condition: str) -> None:
    if _count(stage, report, file, table, reason, condition):
        stage.do(f"DELETE FROM {table} WHERE {condition}")  # noqa: S608 - our own tables and conditions

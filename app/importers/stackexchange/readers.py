"""Each kind of row of a dump: what is taken from it, and what makes it unusable by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from app.importers.stackexchange import values
from app.importers.stackexchange.values import Unusable, moment, row_id, whole

QUESTION, ANSWER, TAG_EXCERPT = 1, 2, 4
OTHER_POSTS = {
    3: "an orphaned tag wiki",
    5: "the long text of a tag wiki; its short one is kept",
    6: "a moderator's nomination",
    7: "a placeholder of a wiki",
    8: "a text about a privilege",
}
ACCEPTED, UP, DOWN = 1, 2, 3
OTHER_VOTES = {
    4: "a flag as offensive",
    5: "a favourite: imported people follow nothing here",
    6: "a vote to close",
    7: "a vote to reopen",
    8: "a bounty offered: there are none here",
    9: "a bounty paid: there are none here",
    10: "a vote to delete",
    11: "a vote to undelete",
    12: "a flag as spam",
    13: "a word to the moderators",
    15: "a moderator's review",
    16: "an approval of a suggested edit",
}
EDITS = range(1, 10)
"""History of title, body and tags: first (1 to 3), edited (4 to 6), rolled back (7 to 9)."""
CLOSED = 10
OTHER_HISTORY = {
    11: "reopened",
    12: "deleted",
    13: "undeleted",
    14: "locked",
    15: "unlocked",
    16: "given to the community",
    17: "moved to another site",
    18: "merged",
    19: "protected",
    20: "no longer protected",
    22: "no longer merged",
    24: "a suggested edit, applied; the edit itself is kept",
    25: "told on a social network",
    31: "comments moved to a chat",
    33: "a notice put up",
    34: "a notice taken down",
    35: "moved to another site",
    36: "moved here from another site",
    37: "merged into another one",
    38: "another one merged into it",
    50: "bumped by the network",
    52: "put among the hot questions",
    53: "taken from the hot questions",
    66: "made with the asking assistant",
}
RELATED, DUPLICATE = 1, 3


@dataclass
class Reading:
    """What every reader of rows needs."""

    latest: int
    """No date is later."""
    zone: ZoneInfo
    """Whose days the daily cap counts."""
    notes: list[str] = field(default_factory=list)
    """What was wrong with a row that is kept all the same."""

    def without(self, value: Callable[[], Any]) -> Any:  # noqa: ANN401 - a date, a number, or None
        """What `value` gives; when it is unusable, None, and a note that the row is kept without it."""
        try:
            return value()
        except Unusable as error:
            self.notes.append(f"{error}; kept without it")
            return None

    def optional_moment(self, row: Mapping[str, str], name: str) -> int | None:
        """The date in `name`, None where there is none."""
        return self.without(lambda: moment(row, name, self.latest)) if name in row else None

    def optional_reference(self, row: Mapping[str, str], name: str) -> int | None:
        """The number of what the row refers to (people's may be −1), None where it names nothing."""
        return self.without(lambda: whole(row, name, -1, values.LARGEST_ID)) if name in row else None

    def optional_whole(self, row: Mapping[str, str], name: str) -> int:
        """The number in `name`, 0 where there is none."""
        return (self.without(lambda: whole(row, name)) or 0) if name in row else 0


Row = Mapping[str, str]
Reader = Callable[[Row, int, Reading], tuple[Any, ...]]


def _user(row: Row, line: int, reading: Reading) -> tuple[Any, ...]:
    number = whole(row, "Id", -1, values.LARGEST_ID)
    created = moment(row, "CreationDate", reading.latest)
    name = values.name(row.get("DisplayName")) or f"user{number}"
    return number, line, name, created, reading.optional_moment(row, "LastAccessDate"), values.words(row.get("AboutMe", ""))


def _post(row: Row, line: int, reading: Reading) -> tuple[Any, ...]:
    number, kind = row_id(row), whole(row, "PostTypeId", 1)
    if kind not in (QUESTION, ANSWER):
        body = row.get("Body") if kind == TAG_EXCERPT else None
        return (number, line, kind, *[None] * 5, body, *[None] * 10)
    thread = number if kind == QUESTION else row_id(row, "ParentId")
    created = moment(row, "CreationDate", reading.latest)
    title = _title(row) if kind == QUESTION else None
    if "Body" not in row:
        raise Unusable("Body is missing")
    return (
        number,
        line,
        kind,
        thread,
        reading.optional_reference(row, "AcceptedAnswerId") if kind == QUESTION else None,
        created,
        whole(row, "Score", -values.LARGEST),
        reading.optional_whole(row, "ViewCount"),
        values.words(row["Body"]),
        reading.optional_reference(row, "OwnerUserId"),
        values.name(row.get("OwnerDisplayName")),
        reading.optional_reference(row, "LastEditorUserId"),
        reading.optional_moment(row, "LastEditDate"),
        reading.optional_moment(row, "LastActivityDate"),
        title,
        row.get("Tags", "") if kind == QUESTION else "",
        reading.optional_moment(row, "ClosedDate"),
        reading.optional_moment(row, "CommunityOwnedDate"),
        values.licence(row, created),
    )


def _title(row: Row) -> str:
    title = values.name(row.get("Title"))
    if not title:
        raise Unusable("Title is missing")
    return title


def _vote(row: Row, line: int, reading: Reading) -> tuple[Any, ...]:
    number, kind = row_id(row), whole(row, "VoteTypeId", 1)
    if kind not in (ACCEPTED, UP, DOWN):
        return (number, line, kind)
    post, at = row_id(row, "PostId"), moment(row, "CreationDate", reading.latest)
    return number, line, kind, post, at, _day(at, reading.zone)


def _day(at: int, zone: ZoneInfo) -> int:
    if (zone.key, at) not in _days:
        if len(_days) > 10_000:  # noqa: PLR2004 - votes are dated by the day, so a year needs 365
            _days.clear()
        _days[(zone.key, at)] = values.as_moment(at).astimezone(zone).toordinal()
    return _days[(zone.key, at)]


_days: dict[tuple[str, int], int] = {}


def _comment(row: Row, line: int, reading: Reading) -> tuple[Any, ...]:
    number, post, at = row_id(row), row_id(row, "PostId"), moment(row, "CreationDate", reading.latest)
    text = values.words(row.get("Text", "")).strip()
    if not text:
        raise Unusable("Text is missing")
    user_name = values.name(row.get("UserDisplayName"))
    score = reading.optional_whole(row, "Score")
    return number, line, post, score, text, at, reading.optional_reference(row, "UserId"), user_name, values.licence(row, at)


def _history(row: Row, line: int, reading: Reading) -> tuple[Any, ...]:
    number, kind = row_id(row), whole(row, "PostHistoryTypeId", 1)
    if kind != CLOSED and kind not in EDITS:
        return (number, line, kind)
    post, at = row_id(row, "PostId"), moment(row, "CreationDate", reading.latest)
    if kind != CLOSED and "Text" not in row:
        raise Unusable("Text is missing")
    guid, user = row.get("RevisionGUID") or f"row {number}", reading.optional_reference(row, "UserId")
    return number, line, kind, post, guid, at, user, values.words(row.get("Text", "")), row.get("Comment", "")


def _link(row: Row, line: int, reading: Reading) -> tuple[Any, ...]:
    number, kind = row_id(row), whole(row, "LinkTypeId", 1)
    if kind not in (RELATED, DUPLICATE):
        return (number, line, kind)
    return number, line, kind, row_id(row, "PostId"), row_id(row, "RelatedPostId"), moment(row, "CreationDate", reading.latest)


def _post_elsewhere(kind: int) -> str | None:
    if kind in (QUESTION, ANSWER, TAG_EXCERPT):
        return None
    return f"no question or answer: {OTHER_POSTS.get(kind, 'something else')} (type {kind})"


def _vote_elsewhere(kind: int) -> str | None:
    if kind in (ACCEPTED, UP, DOWN):
        return None
    return f"{OTHER_VOTES.get(kind, 'a kind of vote unknown here')} (type {kind})"


def _history_elsewhere(kind: int) -> str | None:
    if kind == CLOSED or kind in EDITS:
        return None
    return f"no change of a text: {OTHER_HISTORY.get(kind, 'something unknown here')} (type {kind})"


def _link_elsewhere(kind: int) -> str | None:
    return None if kind in (RELATED, DUPLICATE) else f"a kind of link unknown here (type {kind})"


@dataclass(frozen=True)
class Kind:
    """How one file is read."""

    root: str
    table: str
    columns: int
    read: Reader
    elsewhere: Callable[[Any], str | None] = lambda _kind: None
    """Why rows of a kind have no place here; the kind is the third column."""
    keep_elsewhere: bool = False
    """Whether they are kept in the stage all the same, so that it is known what refers to them."""


KINDS = {
    "Users.xml": Kind("users", "users", 6, _user),
    "Posts.xml": Kind("posts", "posts", 19, _post, _post_elsewhere, keep_elsewhere=True),
    "Votes.xml": Kind("votes", "votes", 6, _vote, _vote_elsewhere),
    "Comments.xml": Kind("comments", "comments", 9, _comment),
    "PostHistory.xml": Kind("posthistory", "history", 9, _history, _history_elsewhere),
    "PostLinks.xml": Kind("postlinks", "links", 6, _link, _link_elsewhere),
}

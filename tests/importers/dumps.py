"""Small dumps, written for the tests: a file per noun, a row per thing, in the format of the network's own."""

from pathlib import Path
from typing import Any, Self
from xml.sax.saxutils import quoteattr

from app.importers.stackexchange import run
from app.importers.stackexchange.run import Step

SOURCE = "help.example.com"
ROOTS = {
    "Posts.xml": "posts",
    "Users.xml": "users",
    "Votes.xml": "votes",
    "Comments.xml": "comments",
    "Tags.xml": "tags",
    "Badges.xml": "badges",
    "PostHistory.xml": "posthistory",
    "PostLinks.xml": "postlinks",
}
DAY = "2026-09-01T10:00:00.000"
"""When things happen unless a test says otherwise: 81 days before `now`, so answers are fresh."""


class Dump:
    """A dump that grows row by row; `write` puts it into its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._rows: dict[str, list[str]] = {}

    def row(self, file: str, **attributes: Any) -> Self:  # noqa: ANN401 - whatever stands in a row
        """One row; an attribute that is None is left out."""
        given = " ".join(f"{name}={quoteattr(str(value))}" for name, value in attributes.items() if value is not None)
        return self.raw(file, f"<row {given} />")

    def raw(self, file: str, line: str) -> Self:
        """A line as it is, whole or broken."""
        self._rows.setdefault(file, []).append(f"  {line}")
        return self

    def user(self, number: int, name: str | None = None, **changed: Any) -> Self:  # noqa: ANN401 - as above
        return self.row("Users.xml", **{"Id": number, "DisplayName": name or f"Person {number}", "CreationDate": DAY} | changed)

    def question(self, number: int, owner: int | None = 1, **changed: Any) -> Self:  # noqa: ANN401 - as above
        given = {"Id": number, "PostTypeId": 1, "CreationDate": DAY, "Score": 0, "ViewCount": 10, "OwnerUserId": owner}
        texts = {"Body": f"<p>How does {number} work?</p>", "Title": f"Question number {number}", "Tags": "<router>"}
        return self.row("Posts.xml", **given | texts | changed)

    def answer(self, number: int, question: int, owner: int | None = 2, **changed: Any) -> Self:  # noqa: ANN401 - as above
        given = {"Id": number, "PostTypeId": 2, "ParentId": question, "CreationDate": DAY, "Score": 0, "OwnerUserId": owner}
        return self.row("Posts.xml", **given | {"Body": f"<p>Like {number}.</p>"} | changed)

    def vote(self, number: int, post: int, kind: int = 2, **changed: Any) -> Self:  # noqa: ANN401 - as above
        return self.row(
            "Votes.xml", **{"Id": number, "PostId": post, "VoteTypeId": kind, "CreationDate": DAY[:11] + "00:00:00"} | changed
        )

    def comment(self, number: int, post: int, user: int | None = 1, **changed: Any) -> Self:  # noqa: ANN401 - as above
        given = {"Id": number, "PostId": post, "Score": 0, "Text": f"Remark {number}", "CreationDate": DAY, "UserId": user}
        return self.row("Comments.xml", **given | changed)

    def history(self, number: int, post: int, kind: int, text: str | None, guid: str, **changed: Any) -> Self:  # noqa: ANN401 - as above
        given = {"Id": number, "PostId": post, "PostHistoryTypeId": kind, "RevisionGUID": guid, "CreationDate": DAY, "UserId": 1}
        return self.row("PostHistory.xml", **given | {"Text": text} | changed)

    def link(self, number: int, post: int, related: int, kind: int = 1, **changed: Any) -> Self:  # noqa: ANN401 - as above
        given = {"Id": number, "PostId": post, "RelatedPostId": related, "LinkTypeId": kind, "CreationDate": DAY}
        return self.row("PostLinks.xml", **given | changed)

    def write(self) -> Path:
        """Write the files; Posts.xml and Users.xml in any case. Returns the folder."""
        for file in {"Posts.xml": [], "Users.xml": []} | self._rows:
            rows = "\n".join(self._rows.get(file, ()))
            root = ROOTS[file]
            text = f'\ufeff<?xml version="1.0" encoding="utf-8"?>\n<{root}>\n{rows}\n</{root}>\n'
            (self.folder / file).write_text(text, encoding="utf-8")
        return self.folder


def watch(_step: Step) -> None:
    """Nobody watches."""


def story(folder: Path) -> Dump:
    """A dump with a little of everything: who asks, who answers, versions, votes, closings, links, people who left."""
    dump = Dump(folder)
    dump.user(-1, "Community").user(1, "Marta", AboutMe="<p>I ask.</p><script>alert(1)</script>").user(2, "Jonas").user(
        3, "jonas"
    )
    dump.question(
        10, AcceptedAnswerId=12, Score=1, ViewCount=321, Tags="<router><wi-fi>", LastActivityDate="2026-09-20T08:00:00.5"
    )
    dump.answer(11, 10, 2, Score=-1).answer(12, 10, 3, Score=2, CreationDate="2026-09-02T11:30:00.123", LastEditorUserId=1)
    dump.question(20, 2, Tags="|wi-fi|esim|", ContentLicense="CC BY-SA 4.0", ClosedDate="2026-09-05T00:00:00")
    dump.question(30, None, OwnerDisplayName="Somebody Who Left", Tags="", CreationDate="2011-04-07T00:00:00")
    dump.answer(31, 30, -1, CommunityOwnedDate=DAY, Score=1)
    dump.row("Posts.xml", Id=40, PostTypeId=4, CreationDate=DAY, Score=0, Body="<p>Boxes that <b>blink</b>.</p>")
    dump.row("Posts.xml", Id=41, PostTypeId=5, CreationDate=DAY, Score=0, Body="<p>At length.</p>")
    dump.row("Tags.xml", Id=1, TagName="router", Count=1, ExcerptPostId=40, WikiPostId=41)
    dump.vote(1, 10).vote(2, 12).vote(3, 12).vote(4, 11, 3).vote(5, 12, 1, CreationDate="2026-09-03T00:00:00").vote(6, 31)
    dump.vote(7, 10, 5, UserId=2).vote(8, 999, 2)
    dump.comment(1, 10, 2, Score=3, Text="Have you tried `reset`?").comment(2, 12, None, UserDisplayName="gone")
    dump.history(1, 10, 1, "Qestion number 10", "a").history(2, 10, 2, "How does *10* wrk?", "a").history(
        3, 10, 3, "<router>", "a"
    )
    dump.history(4, 10, 5, "How does *10* work?", "b", UserId=2, Comment="spelling", CreationDate="2026-09-01T11:00:00")
    dump.history(5, 10, 4, "Question number 10", "b", UserId=2, Comment="spelling", CreationDate="2026-09-01T11:00:00")
    dump.history(6, 10, 6, "|router|wi-fi|", "c", CreationDate="2026-09-01T12:00:00")
    dump.history(7, 20, 10, '{"Voters":[{"Id":2},{"Id":1}]}', "d", UserId=-1, Comment="101", CreationDate="2026-09-05T00:00:00")
    dump.link(1, 20, 10, 3).link(2, 10, 30).link(3, 31, 20)
    dump.row("Badges.xml", Id=1, UserId=1, Name="Student", Date=DAY)
    return dump


__all__ = ["DAY", "SOURCE", "Dump", "run", "story", "watch"]

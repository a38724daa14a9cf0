"""The demo community's files: complete, in every state of freshness, and refused when they contradict themselves."""

import gzip
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from app.demo.checks import FACES
from app.demo.content import CONTENT, DemoContent, load_content
from app.demo.events import Accept, Answer, Archive, Close, Comment, Edit, Event, Signal, Verify
from app.demo.tables import ContentError

INTERVAL, GRACE = 90, 365
"""The site's defaults, in days."""


@pytest.fixture(scope="module")
def content() -> DemoContent:
    return load_content()


def of(content: DemoContent, answer: Answer) -> list[Event]:
    """What happened to an answer after it was posted, in order."""
    return [
        event
        for event in content.events
        if event.question == answer.question and isinstance(event, Accept | Verify | Archive) and event.answer == answer.id
    ]


def test_its_size(content: DemoContent) -> None:
    assert len(content.people) == 12
    assert len(content.tags) == 14
    assert 24 <= len(content.questions) <= 30
    assert 44 <= len(content.answers) <= 50
    assert sum(isinstance(event, Comment) for event in content.events) >= 35
    assert Counter(person.role for person in content.people) == {"customer": 7, "staff": 3, "moderator": 1, "admin": 1}


def test_events_are_told_oldest_first(content: DemoContent) -> None:
    days = [event.days_ago for event in content.events]
    assert days == sorted(days, reverse=True)


def test_every_kind_of_life_is_there(content: DemoContent) -> None:
    kinds: Counter[str] = Counter()
    for answer in content.answers:
        events = of(content, answer)
        signals = [e for e in content.events if isinstance(e, Signal) and (e.question, e.answer) == (answer.question, answer.id)]
        (tags,) = (question.tags for question in content.questions if question.question == answer.question)
        strict = any(tag.grace_days == 0 for tag in content.tags if tag.name in tags)
        state = answer.state_at_start  # that it is so, test_demo_load finds
        last = events[-1] if events else None
        match state, last:
            case "fresh", Verify(verdict="right") if last.days_ago < 3:
                kinds["just checked"] += 1
            case "fresh", Verify(verdict="repaired"):
                kinds["repaired"] += 1
            case "expired", Verify(verdict="wrong"):
                kinds["found wrong"] += 1
            case "archived", Archive(successor=None):
                kinds["archived alone"] += 1
            case "archived", Archive():
                kinds["archived with successor"] += 1
            case _:
                kinds[f"{state} strictly" if strict else state] += 1
        kinds["due and reported"] += state == "due" and any(signal.kind == "broken" for signal in signals)
    assert set(+kinds) >= {
        "just checked",
        "fresh",
        "fresh strictly",
        "due",
        "due and reported",
        "expired",
        "expired strictly",
        "found wrong",
        "repaired",
        "archived with successor",
        "archived alone",
    }


def test_the_odd_shapes_are_there(content: DemoContent) -> None:
    answers = Counter(answer.question for answer in content.answers)
    assert max(answers.values()) == 6
    assert sum(answers[question.question] == 0 for question in content.questions) >= 4
    closed = [event for event in content.events if isinstance(event, Close)]
    assert sorted(event.duplicate_of is not None for event in closed) == [False, True]
    assert max(Counter((event.question, event.on) for event in content.events if isinstance(event, Edit)).values()) >= 3
    assert max(len(question.title) for question in content.questions) > 180
    assert max(len(person.name) for person in content.people) > 40
    texts = [event.body or "" for event in content.events if isinstance(event, Answer | Comment | Verify)]
    assert any(len(line) > 200 for text in texts for line in text.splitlines() if "&&" in line)
    assert any(re.search("[\u0600-\u06ff]", text) for text in texts)
    assert any("no longer works since firmware 4.2" in text.lower() for text in texts)
    mentioned = {name for text in texts for name in re.findall(r"(?<!\w)@([^\W\d_][\w-]+)", text)} - {"wan"}
    assert len(mentioned) >= 5
    assert mentioned <= {person.name.replace(" ", "-") for person in content.people}


def test_every_tag_is_used_and_can_be_verified(content: DemoContent) -> None:
    used = {tag for question in content.questions for tag in question.tags}
    assert used == {tag.name for tag in content.tags}
    experts = Counter(tag for person in content.people for tag in person.expertise)
    for tag in content.tags:
        assert experts[tag.name] >= (tag.verifiers_needed or 0), tag.name


SVG = "{http://www.w3.org/2000/svg}"


def test_the_faces_are_one_small_harmless_picture(content: DemoContent) -> None:
    source = FACES.read_text(encoding="utf-8")
    assert len(gzip.compress(source.encode(), 9)) < 3000
    root = ET.fromstring(source)
    views = {view.get("id"): view.get("viewBox") for view in root.iter(f"{SVG}view")}
    assert set(views) == {person.key for person in content.people}
    drawn = {f"{face.get('x')} {face.get('y')} 64 64" for face in root.findall(f"{SVG}svg")}
    assert set(views.values()) == drawn
    assert {element.tag for element in root.iter()} <= {f"{SVG}{name}" for name in ("svg", "view", "g", "path", "circle", "rect")}
    assert not any(re.match(r"on|style|.*href", name) for element in root.iter() for name in element.attrib)
    assert "url(" not in source


PEOPLE = """
[[people]]
key = "marta"
name = "Marta Brandt"
email = "marta@example.com"
role = "customer"
about = ""
joined_days_ago = 50
expertise = ["wi-fi"]

[[people]]
key = "jonas"
name = "Jonas Okafor"
email = "jonas@example.com"
role = "customer"
about = ""
joined_days_ago = 50
expertise = ["wi-fi"]

[[people]]
key = "mo"
name = "Mo Haddad"
email = "mo@example.com"
role = "moderator"
about = ""
joined_days_ago = 50
expertise = []
"""
TAGS = '[[tags]]\nname = "wi-fi"\ndescription = ""\n'
ASK = '[[events]]\ndo = "ask"\nby = "marta"\ndays_ago = 30\ntitle = "T"\nbody = "B"\ntags = ["wi-fi"]\n'
ANSWER = '[[events]]\ndo = "answer"\nid = "a"\nby = "jonas"\ndays_ago = 20\nbody = "B"\nstate_at_start = "fresh"\n'


def told(folder: Path, events: str, people: str = PEOPLE, tags: str = TAGS) -> DemoContent:
    (folder / "questions").mkdir()
    (folder / "people.toml").write_text(people, encoding="utf-8")
    (folder / "tags.toml").write_text(tags, encoding="utf-8")
    (folder / "questions" / "q.toml").write_text(events, encoding="utf-8")
    return load_content(folder)


def event(do: str, by: str, days_ago: float, **said: str | int | bool) -> str:
    lines = [f'do = "{do}"', f'by = "{by}"', f"days_ago = {days_ago}"]
    for name, value in said.items():
        lines.append(f"{name} = {str(value).lower() if not isinstance(value, str) else repr(value)}")
    return "\n".join(["[[events]]", *lines, ""])


def test_a_small_community_is_taken(tmp_path: Path) -> None:
    votes = '[[events]]\ndo = "vote"\non = "a"\nby = ["marta", "mo"]\nvalue = 1\n'
    accepted = event("accept", "marta", 19, answer="a")
    content = told(tmp_path, ASK + ANSWER + votes + accepted)
    assert [(type(e).__name__, e.by, e.days_ago) for e in content.events] == [
        ("Ask", "marta", 30),
        ("Answer", "jonas", 20),
        ("Vote", "marta", 20),
        ("Vote", "mo", 20),
        ("Accept", "marta", 19),
    ]


@pytest.mark.parametrize(
    ("events", "why"),
    [
        (ANSWER, "a question begins with ask"),
        (ASK + ASK, "a file asks one question"),
        (ASK.replace("wi-fi", "wifi"), "no tag is called wifi"),
        (ASK.replace('["wi-fi"]', "[]"), "a question has a tag"),
        (ASK.replace("marta", "martha"), "nobody is called martha"),
        (ASK.replace("30", "51"), "marta had not joined yet"),
        (ASK.replace("30", "-1"), "it has not happened yet"),
        (ASK.replace("30", '"30"'), "days_ago is '30', not float"),
        (ASK + "titel = 'T'", "unknown titel"),
        (ASK.replace('title = "T"\n', ""), "title missing"),
        (ASK.replace('["wi-fi"]', '"wi-fi"'), "tags is not a list of texts"),
        (ASK.replace("days_ago = 30\n", ""), "days_ago missing"),
        (ASK + event("praise", "marta", 1), "do is 'praise', not one of ask, answer"),
        (ASK + ANSWER + ANSWER, "a is there twice"),
        (ASK + ANSWER.replace("20", "31"), "it happens before the event above it"),
        (ASK + ANSWER + "official = true", "only staff answers officially"),
        (ASK + ANSWER.replace("fresh", "stale"), "state_at_start is 'stale', not one of fresh, due"),
        (ASK + event("comment", "mo", 9, on="b", body="B"), "there is no answer b yet"),
        (ASK + ANSWER + event("vote", "jonas", 9, on="a", value=1), "jonas wrote it"),
        (ASK + ANSWER + event("vote", "mo", 9, on="a", value=2), "value is 2, not one of 1, -1"),
        (ASK + ANSWER + 2 * event("vote", "mo", 9, on="a", value=1), "mo said so before"),
        (ASK + ANSWER + event("signal", "jonas", 9, answer="a", kind="works"), "jonas wrote it"),
        (ASK + event("me_too", "marta", 9), "marta wrote it"),
        (ASK + ANSWER + event("accept", "mo", 9, answer="a"), "the asker accepts"),
        (ASK + ANSWER + 2 * event("accept", "marta", 9, answer="a"), "an answer is accepted already"),
        (ASK + ANSWER + event("verify", "jonas", 9, answer="a", verdict="right", evidence="E"), "jonas wrote it"),
        (ASK + ANSWER + event("verify", "mo", 9, answer="a", verdict="right", evidence="E"), "mo is no expert for wi-fi"),
        (ASK + ANSWER + event("verify", "marta", 9, answer="a", verdict="repaired", evidence="E"), "brings a new text"),
        (ASK + ANSWER + event("verify", "marta", 9, answer="a", verdict="wrong", evidence="E", body="B"), "brings a new text"),
        (ASK + ANSWER + event("archive", "marta", 9, answer="a", reason="R"), "its author or a moderator archives"),
        (ASK + ANSWER + event("archive", "mo", 9, answer="a", reason="R", successor="a"), "does not succeed itself"),
        (ASK + ANSWER + 2 * event("archive", "mo", 9, answer="a", reason="R"), "a is archived"),
        (ASK + event("close", "jonas", 25, reason="R"), "a moderator closes"),
        (ASK + 2 * event("close", "mo", 25, reason="unclear"), "it is closed already"),
        (ASK + event("close", "mo", 25, reason="unclear") + ANSWER, "the question is closed"),
        (ASK + event("close", "mo", 25, reason="duplicate", duplicate_of="q"), "no question q was there yet"),
        (ASK + event("close", "mo", 25, reason="duplicate", duplicate_of="z"), "no question z was there yet"),
        (ASK + event("close", "mo", 25, reason="boring"), "boring is no reason here"),
        (ASK + event("close", "mo", 25, reason="duplicate"), "duplicate is no reason here"),
        (ASK + event("acknowledge", "jonas", 25), "only staff acknowledges"),
        ("[[events]\n", "q.toml: "),
        ("", "q.toml: it holds a list of"),
    ],
)
def test_a_contradiction_is_refused(tmp_path: Path, events: str, why: str) -> None:
    with pytest.raises(ContentError, match=re.escape(why)):
        told(tmp_path, events)


@pytest.mark.parametrize(
    ("people", "tags", "why"),
    [
        (PEOPLE.replace("Jonas Okafor", "Marta Brandt"), TAGS, "people.toml: Marta Brandt is there twice"),
        (PEOPLE.replace('"jonas"', '"nobody"'), TAGS, "static/faces.svg has no view of that name"),
        (PEOPLE.replace('["wi-fi"]', '["voicemail"]'), TAGS, "no tag is called voicemail"),
        (PEOPLE.replace("moderator", "boss"), TAGS, "role is 'boss'"),
        (PEOPLE, TAGS + TAGS, "tags.toml: wi-fi is there twice"),
        (PEOPLE, TAGS + "interval_days = 1.5\n", "interval_days is 1.5, not int"),
    ],
)
def test_people_and_tags_are_checked(tmp_path: Path, people: str, tags: str, why: str) -> None:
    with pytest.raises(ContentError, match=re.escape(why)):
        told(tmp_path, ASK + ANSWER, people, tags)


def test_a_missing_file_says_which(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"people\.toml"):
        load_content(tmp_path)


def test_the_files_are_where_the_package_is() -> None:
    assert CONTENT.is_dir()
    assert (CONTENT / "README.md").is_file()

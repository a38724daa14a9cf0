"""The index of tags and a tag's page."""

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.importers import bulk
from community import questions, tags
from community.lifecycle import DEFAULT_INTERVAL_DAYS
from community.models import QuestionTag, Tag
from community.moderation import expertise, tag_policy
from community.moderation.tag_policy import Change
from community.queries import tags as tag_queries
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.pages.forum import many, one_of_each, title
from tests.pages.reading import link, plain, rows, titles, walk
from tests.pages.test_front import HOLDS
from tests.people import People, make_expert, sign_in
from tests.statements import count_statements
from tests.stories import TITLE, ask, browser, make_tag


def names(page: str) -> list[str]:
    """The tags that the index shows, in order."""
    found = page.partition('<ul class="tl">')[2].partition("</ul>")[0]
    return [plain(part.partition("</a>")[0]) for part in found.split("<h2>")[1:]]


def use(session: Session, tag: Tag, ids: list[int]) -> None:
    """Put the questions under the tag."""
    bulk.write(session, QuestionTag, [{"question_id": number, "tag_id": tag.id, "position": 0} for number in ids])
    session.execute(update(Tag).where(Tag.id == tag.id).values(question_count=len(ids)))
    session.commit()


# --- the index ----------------------------------------------------------------------------------------------------------


def test_the_most_used_come_first(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    make_tag(session, "sim", clock.now, interval_days=1)
    ask(people.jonas, clock.now, tags_text="sim")
    ask(people.jonas, clock.now, tags_text="sim broadband")
    ask(people.mo, clock.now, tags_text="c++ sim")
    make_tag(session, "unused", clock.now)
    page = client.get("/tags").text
    assert names(page) == ["sim", "c++", "broadband", "unused"]
    words = plain(page)
    assert "sim 3 questions Answers stay current for 1 day" in words
    assert f"broadband 1 question Answers stay current for {DEFAULT_INTERVAL_DAYS} days" in words
    assert 'href="/tags/c%2B%2B"' in page


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("sim", ["esim", "sim-card"]),
        ("SIM ", ["esim", "sim-card"]),
        ("%", []),
        ("_", []),
        ("zz", []),
        ("", ["esim", "sim-card", "broadband"]),
    ],
)
def test_the_filter(client: FlaskClient, session: Session, people: People, clock: Clock, typed: str, shown: list[str]) -> None:
    for name in ("sim-card", "esim"):
        make_tag(session, name, clock.now)
    page = client.get("/tags", query_string={"q": typed}).text
    assert names(page) == shown
    if not shown:
        assert "All tags" in page


def test_no_tags_at_all(client: FlaskClient) -> None:
    page = client.get("/tags").text
    assert "No tags yet" in page


def test_many_tags_by_the_page(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    bulk.write(
        session,
        Tag,
        [
            {"name": f"tag-{number}", "description": "", "question_count": number // 4, "created_at": clock.now}
            for number in range(130)
        ],
    )
    session.commit()
    onward = list(walk(client, "/tags"))
    assert [len(names(page)) for page in onward] == [60, 60, 11]
    assert len({name for page in onward for name in names(page)}) == 131
    back = walk(client, str(link(onward[-1], "prev")), "prev")
    assert [names(page) for page in back] == [names(page) for page in reversed(onward[:-1])]
    assert [len(names(page)) for page in walk(client, "/tags?q=1")] == [len([n for n in range(130) if "1" in str(n)])]
    assert client.get("/tags?after=nonsense").status_code == 200
    assert client.get("/tags?after=-5.0&q=tag").location == "/tags?q=tag"


# --- a tag --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", HOLDS)
@pytest.mark.parametrize("few", [tag_queries.FEW, 0])
def test_what_a_tag_s_tabs_hold(
    client: FlaskClient, people: People, clock: Clock, monkeypatch: pytest.MonkeyPatch, tab: str, few: int
) -> None:
    """Both ways of reading, for tags with few questions and with many, show the same."""
    monkeypatch.setattr(tag_queries, "FEW", few)
    one_of_each(people, clock.now)
    ask(people.mo, clock.now, tags_text="elsewhere")
    assert titles(client.get(f"/tags/broadband?tab={tab}").text) == [title(kind) for kind in HOLDS[tab]]
    assert titles(client.get(f"/tags/elsewhere?tab={tab}").text) == (
        [TITLE] if tab in ("needs", "active", "newest", "unanswered") else []
    )


def test_a_tag_opens_with_what_is_active(client: FlaskClient, people: People, clock: Clock) -> None:
    one_of_each(people, clock.now)
    page = client.get("/tags/broadband").text
    assert titles(page) == [title(kind) for kind in HOLDS["active"]]
    assert titles(client.get("/tags/broadband?tab=nonsense").text) == titles(page)
    assert "6 questions" in plain(page)


@pytest.mark.parametrize("few", [tag_queries.FEW, 0])
def test_a_tag_by_the_page(
    client: FlaskClient, session: Session, people: People, clock: Clock, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(tag_queries, "FEW", few)
    ids = list(many(session, people, clock.now, 200))
    use(session, make_tag(session, "sim", clock.now), ids[::2])
    onward = list(walk(client, "/tags/sim?tab=newest"))
    assert [name for page in onward for name in titles(page)] == [f"Question number {place}" for place in range(199, 0, -2)]
    assert [len(titles(page)) for page in onward] == [30, 30, 30, 10]
    back = walk(client, str(link(onward[-1], "prev")), "prev")
    assert [titles(page) for page in back] == [titles(page) for page in reversed(onward[:-1])]
    assert client.get("/tags/sim?before=0001-01-01T00:00:00Z.1").location == "/tags/sim"


def test_policy_and_experts_in_words(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    tag = make_tag(session, "emergency", clock.now, interval_days=30, grace_days=0, verifiers_needed=2)
    tag_policy.describe(tag.id, "Calls to 112.", by=people.mo, now=clock.now)
    make_expert(session, people.jonas, "emergency", clock.now)
    session.commit()
    words = plain(client.get("/tags/emergency").text)
    assert "emergency Calls to 112. 0 questions answers stay current for 30 days" in words
    assert "after that they expire at once" in words
    assert "2 people have to find an answer right" in words
    assert "This is what the whole forum does" not in words
    assert "Experts J Jonas 1" in words
    words = plain(client.get("/tags/broadband").text)
    assert "for 90 days; after that they are shown with a warning for 365 days" in words
    assert "one person has to find an answer right." in words
    assert "This is what the whole forum does" not in words, "the forum goes by what is believed"
    make_tag(session, "router", clock.now, freshness="belief")
    words = plain(client.get("/tags/router").text)
    assert "answers stay current while they are likely right, at most for 365 days" in words
    assert "This is what the whole forum does" in words
    make_tag(session, "old", clock.now, freshness="permanent", permanent_until=clock.now + timedelta(days=40))
    assert "answers stay current until 31 December 2026 without checks" in plain(client.get("/tags/old").text)


def test_an_expert_s_time_is_up(client: FlaskClient, people: People, clock: Clock) -> None:
    """By the clock alone, on the stored page too."""
    assert ">Ana<" in client.get("/tags/broadband").text
    clock.forward(days=365)
    assert ">Ana<" not in client.get("/tags/broadband").text


def test_moderators_find_the_way_to_the_policy(app: Flask, client: FlaskClient, people: People) -> None:
    assert "/tags/broadband/policy" not in client.get("/tags/broadband").text
    assert "/tags/broadband/policy" not in browser(app, people.ana).get("/tags/broadband").text
    page = browser(app, people.mo).get("/tags/broadband").text
    assert 'href="/tags/broadband/policy"' in page
    assert browser(app, people.mo).get("/tags/broadband/policy").status_code == 200


def test_names_are_small_letters(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    moved = client.get("/tags/BroadBand")
    assert (moved.status_code, moved.location) == (301, "/tags/broadband")
    make_tag(session, "größe", clock.now)
    assert client.get("/tags/gr%C3%B6%C3%9Fe").status_code == 200
    missing = client.get("/tags/nothing%3Cb%3E")
    assert missing.status_code == 404
    assert "There is no tag “nothing&lt;b&gt;” here." in missing.text


def test_an_empty_tag_asks_for_a_question(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    make_tag(session, "c++", clock.now)
    page = client.get("/tags/c%2B%2B").text
    assert rows(page) == []
    assert 'href="/questions/new?tags=c%2B%2B"' in page


@pytest.mark.parametrize("tab", HOLDS)
def test_few_statements(app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock, tab: str) -> None:
    """However many questions a tag has."""
    tag = make_tag(session, "sim", clock.now)
    mo = browser(app, people.mo)
    done: list[int] = []
    for count in (3, 27, 90):
        new = list(many(session, people, clock.now, count))
        use_again = [number for number in new if number not in done]
        done += use_again
        bulk.write(session, QuestionTag, [{"question_id": n, "tag_id": tag.id, "position": 0} for n in use_again])
        session.commit()
        for who in (client, mo):
            with count_statements() as sent:
                assert who.get(f"/tags/sim?tab={tab}&x={count}").status_code == 200
            assert len(sent) == 4  # the tag, its questions, its experts; and who looks, or what the stored page watches
    with count_statements() as sent:
        assert client.get("/tags?x=1").status_code == 200
    assert len(sent) == 2


@on_sqlite
def test_wrong_methods(client: FlaskClient, people: People) -> None:
    sign_in(client, people.mo)
    assert client.post("/tags").status_code == 405
    assert client.delete("/tags/broadband").status_code == 405


# --- never stale --------------------------------------------------------------------------------------------------------


def test_every_change_is_seen_at_once(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    """Each act is followed by a look at pages that were stored just before it."""
    tag_id = session.query(Tag).filter_by(name="broadband").one().id

    def look() -> tuple[str, str]:
        return plain(client.get("/tags/broadband").text), plain(client.get("/tags").text)

    assert "No tags yet" not in look()[1]
    tag_policy.describe(tag_id, "The line into the house.", by=people.mo, now=clock.now)
    assert all("The line into the house." in page for page in look())
    tag_policy.change(tag_id, Change(45, 10, 2), by=people.mo, now=clock.now)
    one, index = look()
    assert "answers stay current for 45 days" in one
    assert "Answers stay current for 45 days" in index
    assert "Experts J Jonas" not in one
    expertise.grant(people.jonas.id, tag_id, by=people.mo, now=clock.now)
    assert "Jonas" in look()[0].partition("Experts")[2]
    expertise.revoke(people.jonas.id, tag_id, by=people.mo, now=clock.now)
    assert "Jonas" not in look()[0].partition("Experts")[2]
    question_id = ask(people.marta, clock.now)
    one, index = look()
    assert TITLE in one
    assert "1 question" in one
    assert "broadband 1 question" in index
    edit = partial(
        questions.edit, question_id, title="My router drops it", body="As I said before, it does.", by=people.marta, now=clock.now
    )
    edit(tags_text="broadband")
    assert "My router drops it" in look()[0]
    edit(tags_text="")
    one, index = look()
    assert "My router drops it" not in one
    assert "broadband 0 questions" in index
    clock.now += timedelta(minutes=1)
    ask(people.mo, clock.now, tags_text="brand-new")
    assert "brand-new 1 question" in look()[1]


def test_strictest_is_what_the_page_says() -> None:
    """The words of a page and the policy of a question come from the same numbers."""
    bare, plain_one = Tag(name="bare", freshness="belief"), Tag(name="plain", freshness="plain")
    said = tag_queries.policy_of(bare)
    rules = tags.strictest([bare])
    assert said.interval == f"answers stay current while they are likely right, at most for {rules.interval_days} days"
    interval = tags.strictest([plain_one]).interval_days
    assert tag_queries.policy_of(plain_one).interval == f"answers stay current for {interval} days"
    assert said.after.endswith(f"{rules.grace_days} days")
    assert said.checks.startswith("one person") is (rules.verifiers_needed == 1)

"""The history of a post: every version, and what each of them changed."""

from datetime import datetime, timedelta
from time import process_time

from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from community import answers, questions
from community.models import Revision
from community.moderation import removal
from community.queries.diff import MOST_COMPARED, Line, diff
from tests.people import People
from tests.statements import count_statements
from tests.stories import BODY, TITLE, answered, ask, browser


def ops(lines: tuple[Line, ...]) -> list[tuple[str, str]]:
    return [(line.op, line.text) for line in lines]


# --- the page -----------------------------------------------------------------------------------------------------------


def test_a_questions_history(client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    questions.edit(
        question_id,
        title="My router drops the Wi-Fi at eight",
        body=f"{BODY}\n\nFirmware <4.2>.",
        tags_text="",
        summary="said when",
        by=people.ana,
        now=now + timedelta(hours=1),
    )
    page = client.get(f"/questions/{question_id}/revisions")
    assert page.status_code == 200
    assert "What version 2 changed" in page.text
    assert "<del>My router drops the Wi-Fi <b>every evening</b></del>" in page.text
    assert "<ins>My router drops the Wi-Fi <b>at eight</b></ins>" in page.text
    assert f"<span>{BODY}</span>" in page.text
    assert "<ins><b>Firmware &lt;4.2&gt;.</b></ins>" in page.text
    assert "<del><b>broadband</b></del>" in page.text
    assert "said when" in page.text
    assert "Set-Cookie" not in page.headers
    first = client.get(f"/questions/{question_id}/revisions?revision=1").text
    assert "As it was first posted" in first
    assert f"<ins>{BODY}</ins>" in first


def test_an_answers_history(client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    answers.edit(answer_id, body="Another text altogether, and longer.", by=people.jonas, now=now)
    page = client.get(f"/answers/{answer_id}/revisions").text
    assert "Another" in page
    assert f'href="/answers/{answer_id}/revisions?revision=1"' in page


def test_what_is_not_there(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    for url in ("/questions/9/revisions", "/answers/9/revisions"):
        assert client.get(url).status_code == 404
    for number in ("2", "0", "-1", "x", "", "99999999999"):
        assert client.get(f"/questions/{question_id}/revisions?revision={number}").status_code == 404, number
    removal.remove_answer(answer_id, reason="Wrong", by=people.mo, now=now)
    assert client.get(f"/answers/{answer_id}/revisions").status_code == 410
    assert browser(app, people.mo).get(f"/answers/{answer_id}/revisions").status_code == 200
    session.execute(delete(Revision))
    session.commit()
    assert client.get(f"/questions/{question_id}/revisions").status_code == 404


def test_a_version_that_was_not_kept_is_passed_over(client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    for number in range(3):
        questions.edit(question_id, title=TITLE, body=f"Text number {number}", tags_text="", by=people.marta, now=now)
    session.rollback()
    session.execute(delete(Revision).where(Revision.number == 2))
    session.commit()
    page = client.get(f"/questions/{question_id}/revisions?revision=3").text
    assert f"<del><b>{BODY}</b></del>" in page
    assert client.get(f"/questions/{question_id}/revisions?revision=2").status_code == 404


def test_a_long_history_costs_four_statements(client: FlaskClient, people: People, now: datetime, session: Session) -> None:
    question_id = ask(people.marta, now)
    for number in range(40):
        questions.edit(question_id, title=TITLE, body=f"Text number {number}", tags_text="", by=people.marta, now=now)
    with count_statements() as sent:
        page = client.get(f"/questions/{question_id}/revisions")
    assert page.text.count("?revision=") == 41
    assert len(sent) == 4, "the post, its versions, two texts, and the versions of what the page shows"


# --- the diff -----------------------------------------------------------------------------------------------------------


def test_lines_that_went_and_came() -> None:
    assert ops(diff("a\nb\nc", "a\nc\nd")) == [(" ", "a"), ("-", "b"), (" ", "c"), ("+", "d")]
    assert ops(diff("", "a")) == [("+", "a")]
    assert ops(diff("a", "")) == [("-", "a")]
    assert diff("", "") == ()
    assert ops(diff("same\nsame", "same\nsame")) == [(" ", "same"), (" ", "same")]


def test_the_words_that_make_the_difference() -> None:
    old, new = diff("set the channel to 11 by hand", "set the channel to 13 by hand")
    assert old == Line("-", ((False, "set the channel to "), (True, "11"), (False, " by hand")))
    assert new == Line("+", ((False, "set the channel to "), (True, "13"), (False, " by hand")))


def test_lines_with_little_in_common_are_other_lines() -> None:
    old, new = diff("the old text of it", "a wholly new sentence in it")
    assert old == Line("-", ((True, "the old text of it"),))
    assert new == Line("+", ((True, "a wholly new sentence in it"),))


def test_lines_are_cut_where_they_end() -> None:
    assert ops(diff("one two\nthree", "one\ntwo three")) == [("-", "one two"), ("-", "three"), ("+", "one"), ("+", "two three")]


texts = st.lists(st.sampled_from(["a", "b c", "", "d  e.", "ü\u202ef", "a"]), max_size=12).map("\n".join)


@given(old=texts, new=texts)
def test_both_texts_can_be_read_from_it(old: str, new: str) -> None:
    lines = diff(old, new)
    assert [line.text for line in lines if line.op != "+"] == old.splitlines()
    assert [line.text for line in lines if line.op != "-"] == new.splitlines()
    for line in lines:
        assert all(words for _, words in line.pieces)
        assert line.op != " " or not any(differs for differs, _ in line.pieces)


def test_two_long_texts_with_nothing_in_common_take_no_time() -> None:
    old, new = ("\n".join(f"{sign} {number}" for number in range(2000)) for sign in "ab")
    assert MOST_COMPARED < 2000 * 2000
    lines = diff(old, new)
    assert [line.op for line in lines] == ["-"] * 2000 + ["+"] * 2000


def test_many_paragraphs_that_differ_everywhere_take_no_time() -> None:
    def post(sign: str) -> str:
        return "\n".join(f"{' '.join(f'a {sign}{number}' for number in range(120))}\nkept {place}" for place in range(38))

    started = process_time()
    lines = diff(post("x"), post("y"))
    assert process_time() - started < 3, "without a limit for all paragraphs together it is about 14 s"
    assert ["".join(line.text for line in lines if line.op in (" ", sign)) for sign in "-+"] == [
        post(sign).replace("\n", "") for sign in "xy"
    ]
    assert sum(line.op == " " for line in lines) == 38

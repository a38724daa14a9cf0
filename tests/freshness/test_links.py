"""Links in answers: which are kept, how they are asked for without ever reaching inside, and what a dead one says."""

import dataclasses
import ipaddress
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import outbox
from app.config import Settings
from app.jobs import AFTER_COMMIT
from community import answers
from community.freshness import link_check, links, weights
from community.freshness.addresses import MOST_LINKS, target
from community.freshness.addresses import links as links_of
from community.freshness.link_check import Finding, Verdict, check, is_public
from community.freshness.verification import verify
from community.models import Answer, AnswerBelief, AnswerLink, BeliefEvent, Link, Signal
from tests.clock import Clock
from tests.databases import settings_for
from tests.people import People
from tests.stories import answer, ask, make_tag, reload_answer

FINE, FAILED, UNKNOWN = Verdict.FINE, Verdict.FAILED, Verdict.UNKNOWN


# --- which are kept -----------------------------------------------------------------------------------------------------


def test_one_way_of_writing_an_address() -> None:
    html = """
        <a title="a > b" href="HTTPS://Example.ORG:443/a?b=1&amp;c=2#part">x</a> <a href="https://example.org/a?b=1&amp;c=2">twice</a>
        <a href="http://münchen.example.com/ä b">x</a> <a href="http://example.com.">x</a> <code>href="http://not.example.com"</code>
        <a href="/questions/3">own</a> <a href="https://forum.example.net/help">own</a> <a href="mailto:a@example.org">x</a>
        <a href="https://u:p@example.org/">x</a> <a href="http://example.org:8080/">x</a> <a href="ftp://example.org/">x</a>
        <a href="http://192.168.1.1/">router</a> <a href="http://fritz.box/">router</a> <a href="http://router.lan">x</a>
        <a href="http://2130706433/">x</a> <a href="http://0x7f.1/">x</a> <a href="http://[::1]/">x</a> <a href="http://[/">x</a>
        <a href="http://8.8.8.8/dns">x</a> <a href="http://localhost/">x</a>
    """
    assert [where.url for where in links_of(html, "forum.example.net")] == [
        "https://example.org/a?b=1&c=2",
        "http://xn--mnchen-3ya.example.com/%C3%A4%20b",
        "http://example.com/",
        "http://8.8.8.8/dns",
    ]
    many = "".join(f'<a href="https://example.org/{n}">x</a>' for n in range(50))
    assert len(links_of(many)) == MOST_LINKS
    assert target("https://example.org/" + "x" * 2000) is None
    assert target("http://exa\x00mple.org/") is None


# --- which are asked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200"),
        *("0.0.0.0", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "168.63.129.16"),
        *("::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "2001:db8::1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::"),
        *("2002:a00:1::", "::7f00:1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "100::1"),
    ],
)
def test_what_is_never_reached(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert check(f"http://{host}/", "test", resolve=lambda *_: [address]).verdict == UNKNOWN


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::808:808"])
def test_what_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "[::ffff:7f00:1]", "[::]"])
def test_other_ways_of_writing_this_machine(web: "Web", host: str) -> None:
    """With any port allowed, so that only the address can be what stops it; the real resolver reads the number."""
    assert check(f"http://{host}:{web.port}/fine", "test", ports=None).verdict == UNKNOWN
    assert web.asked == []


# --- asking -------------------------------------------------------------------------------------------------------------


class Web:
    """A server with good and bad habits."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.hosts: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.sent = 0
        self.working = True
        web = self

        class Habits(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def do_HEAD(self) -> None:
                web.note(self)
                web.answer(self)

            def do_GET(self) -> None:
                web.note(self)
                web.answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Habits)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def note(self, request: BaseHTTPRequestHandler) -> None:
        self.asked.append(f"{request.command} {request.path}")
        self.hosts[request.headers["Host"]] += 1
        self.agents.add(request.headers["User-Agent"])

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        path, head = request.path, request.command == "HEAD"
        if path.startswith("/status/"):
            self.say(request, int(path.rpartition("/")[2]))
        elif path.startswith("/no-head/"):
            self.say(request, int(path.rpartition("/")[2]) if head else 200)
        elif path == "/drops-head" and head:
            request.connection.shutdown(socket.SHUT_RDWR)
        elif path.startswith("/to/"):
            self.say(request, 302, path.removeprefix("/to/"))
        elif path == "/loop":
            self.say(request, 301, "/loop")
        elif path == "/hop/0":
            self.say(request, 200)
        elif path.startswith("/hop/"):
            self.say(request, 308, f"/hop/{int(path.rpartition('/')[2]) - 1}")
        elif path == "/endless":
            self.say(request, 200 if not head else 405)
            self.drip(request, b"x" * 65536, 0)
        elif path == "/slow":
            time.sleep(3)
        elif path == "/drips":
            self.drip(request, b"H", 0.1)
        elif path == "/changing":
            self.say(request, 200 if self.working else 404)
        else:
            self.say(request, 200)

    def say(self, request: BaseHTTPRequestHandler, status: int, location: str = "") -> None:
        request.send_response(status)
        if location:
            request.send_header("Location", location)
        request.end_headers()

    def drip(self, request: BaseHTTPRequestHandler, piece: bytes, pause: float) -> None:
        try:
            for _ in range(100):
                self.sent += request.connection.send(piece)
                time.sleep(pause)
        except OSError:
            return

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def web() -> Iterator[Web]:
    server = Web()
    yield server
    server.stop()


def here(_host: str, _port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def look(web: Web, path: str, longest: float = 5.0, timeout: float = 1.0) -> Finding:
    """Ask the server, which is on this machine and therefore allowed here alone."""
    url = f"http://docs.example.org:{web.port}{path}"
    return check(url, "test", resolve=here, may_reach=lambda _: True, ports=None, timeout=timeout, longest=longest)


@pytest.mark.parametrize(
    ("path", "verdict", "asked"),
    [
        ("/fine", FINE, ["HEAD"]),
        ("/status/404", FAILED, ["HEAD", "GET"]),
        ("/status/410", FAILED, ["HEAD", "GET"]),
        ("/status/500", FAILED, ["HEAD", "GET"]),
        ("/status/503", FAILED, ["HEAD", "GET"]),
        ("/status/401", FINE, ["HEAD", "GET"]),
        ("/status/403", FINE, ["HEAD", "GET"]),
        ("/status/429", FINE, ["HEAD", "GET"]),
        ("/no-head/405", FINE, ["HEAD", "GET"]),
        ("/no-head/501", FINE, ["HEAD", "GET"]),
        ("/no-head/404", FINE, ["HEAD", "GET"]),
        ("/drops-head", FINE, ["HEAD", "GET"]),
        ("/hop/5", FINE, ["HEAD"] * 6),
        ("/hop/6", UNKNOWN, ["HEAD"] * 6),
        ("/loop", UNKNOWN, ["HEAD"] * 6),
        ("/to/http://user:secret@docs.example.org/", UNKNOWN, ["HEAD"]),
        ("/to/file:///etc/passwd", UNKNOWN, ["HEAD"]),
    ],
)
def test_what_answers_mean(web: Web, path: str, verdict: Verdict, asked: list[str]) -> None:
    assert look(web, path).verdict == verdict
    assert [request.partition(" ")[0] for request in web.asked] == asked
    assert set(web.hosts) == {f"docs.example.org:{web.port}"}, "the name goes along, though an address is connected to"
    assert web.agents == {"test"}


def test_servers_that_keep_one_waiting(web: Web) -> None:
    """A silent one, one that sends a byte now and then for ever, and one whose page has no end, which is not read."""
    begun = time.monotonic()
    assert look(web, "/slow", longest=0.5, timeout=0.2) == Finding(FAILED, "no answer in time")
    assert look(web, "/drips", longest=0.5) == Finding(FAILED, "no answer in time")
    assert time.monotonic() - begun < 2
    assert look(web, "/endless").verdict == FINE
    time.sleep(0.1)
    assert web.sent < 8_000_000, "the server could send only what lay in the buffers"


def test_nobody_there(web: Web) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        refused = check(f"http://docs.example.org:{port}/", "test", resolve=here, may_reach=lambda _: True, ports=None)
    assert refused == Finding(FAILED, "nothing answers there")

    def says(error: int) -> Finding:
        def resolve(_host: str, _port: int) -> Sequence[str]:
            raise socket.gaierror(error, "")

        return check("https://docs.example.org/", "test", resolve=resolve)

    assert says(socket.EAI_NONAME) == Finding(FAILED, "there is no such host")
    assert says(socket.EAI_AGAIN).verdict == UNKNOWN, "the resolver's fault, not the link's"
    assert check("https://docs.example.org:8443/", "test", resolve=here).verdict == UNKNOWN


def test_a_server_without_a_trusted_certificate_tells_nothing(web: Web) -> None:
    url = f"https://docs.example.org:{web.port}/"
    assert check(url, "test", resolve=here, may_reach=lambda _: True, ports=None, timeout=1).verdict == UNKNOWN


def test_a_redirect_inside_is_not_followed(web: Web) -> None:
    """The first host is allowed, as a public one would be; where it sends us is a private address of the same machine."""
    found: list[str] = []

    def resolve(host: str, _port: int) -> Sequence[str]:
        found.append(host)
        return ["127.0.0.1"] if host == "docs.example.org" else ["127.0.0.2"]

    url = f"http://docs.example.org:{web.port}/to/http://inside.example.org:{web.port}/secret"
    allowed = ipaddress.ip_address("127.0.0.1")
    finding = check(url, "test", resolve=resolve, may_reach=lambda address: address == allowed, ports=None)
    assert finding.verdict == UNKNOWN
    assert found == ["docs.example.org", "inside.example.org"]
    assert len(web.asked) == 1


def test_a_name_that_changes_its_mind_is_looked_up_once(web: Web) -> None:
    """It leads outside when it is looked at, and would lead inside a moment later; it is not looked up again. And a name that
    leads to both at once is not asked at all."""
    told = iter((["127.0.0.1"], ["127.0.0.9"]))
    allowed = ipaddress.ip_address("127.0.0.1")
    url = f"http://docs.example.org:{web.port}/fine"
    rebinding = check(url, "test", resolve=lambda *_: next(told), may_reach=lambda address: address == allowed, ports=None)
    assert rebinding.verdict == FINE
    assert next(told) == ["127.0.0.9"]
    both = check(url, "test", resolve=lambda *_: ["127.0.0.1", "10.0.0.1"], may_reach=lambda one: one == allowed, ports=None)
    assert both.verdict == UNKNOWN


# --- rows ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return dataclasses.replace(settings_for(database, tmp_path / "data"), link_check=True)


@pytest.fixture
def target_id(people: People, session: Session, clock: Clock) -> int:
    """A believed answer that links to two hosts."""
    make_tag(session, "router", clock.now, freshness="belief")
    body = "See <https://docs.example.org/a#x> and [this](https://other.example.com/b), or <http://192.168.1.1/>."
    return answer(ask(people.marta, clock.now, tags_text="router"), people.jonas, clock.now, body)


def drain(clock: Clock) -> None:
    while outbox.drain(AFTER_COMMIT, clock.now):
        pass


def linked(session: Session, answer_id: int) -> list[str]:
    session.rollback()
    rows = select(Link.url).join(AnswerLink, AnswerLink.link_id == Link.id).where(AnswerLink.answer_id == answer_id)
    return sorted(session.scalars(rows))


def pi(session: Session, answer_id: int) -> float:
    session.rollback()
    return session.get_one(AnswerBelief, answer_id, populate_existing=True).pi


def told(session: Session, answer_id: int) -> list[str]:
    session.rollback()
    of_links = BeliefEvent.kind.in_(("dead_link", "withdrawn"))
    events = select(BeliefEvent.reason).where(BeliefEvent.answer_id == answer_id, of_links).order_by(BeliefEvent.id)
    return list(session.scalars(events))


class Asked:
    """A check that finds what it is told to find, and remembers what it was asked."""

    def __init__(self, *dead: str) -> None:
        self.dead, self.urls, self.agents = set(dead), list[str](), set[str]()

    def __call__(self, url: str, agent: str) -> Finding:
        self.urls.append(url)
        self.agents.add(agent)
        return Finding(FAILED, "the server says that it is not there (404)") if url in self.dead else Finding(FINE)


def test_rows_follow_the_text(people: People, session: Session, clock: Clock, target_id: int) -> None:
    drain(clock)
    assert linked(session, target_id) == ["https://docs.example.org/a", "https://other.example.com/b"]
    answers.edit(
        target_id, body="Only <https://docs.example.org/a> and https://third.example.com", by=people.jonas, now=clock.now
    )
    drain(clock)
    links.answers_changed([{"answer_id": target_id, outbox.EMITTED_AT: clock.now}] * 2)
    assert linked(session, target_id) == ["https://docs.example.org/a", "https://third.example.com/"]
    verify(target_id, "repaired", body="It is built in now, no page is needed.", by=people.ana, now=clock.forward(days=1))
    clock.forward(minutes=2)
    drain(clock)
    assert linked(session, target_id) == []
    links.keep(99, clock.now)


def test_links_of_an_import(people: People, session: Session, clock: Clock, target_id: int) -> None:
    other = answer(ask(people.marta, clock.now), people.jonas, clock.now, "Nothing to see here, move along.")
    assert links.keep_imported(clock.now) == 2
    assert links.keep_imported(clock.now) == 0
    assert (len(linked(session, target_id)), linked(session, other)) == (2, [])


def test_a_dead_link_speaks_after_three_failures_over_a_week(
    people: People, session: Session, clock: Clock, target_id: int
) -> None:
    drain(clock)
    before = pi(session, target_id)
    gone = Asked("https://docs.example.org/a")
    days = []
    for _ in range(24):
        if links.check_links(clock.now, gone) and "https://docs.example.org/a" in gone.urls:
            days.append((clock.now.day, len(told(session, target_id))))
            gone.urls.clear()
        clock.forward(hours=12)
    assert days == [(21, 0), (22, 0), (25, 0), (29, 1), (2, 1)]
    assert told(session, target_id) == ["the link to docs.example.org has led nowhere since 21 November"]
    (word,) = session.scalars(select(Signal)).all()
    assert (word.kind, word.weight, word.user_id, word.network_mark) == ("broken", weights.DEAD_LINK, None, None)
    assert word.note.endswith("21 November: the server says that it is not there (404)")
    assert reload_answer(session, target_id).broken_count == 0, "no person has said so"
    assert pi(session, target_id) > 2 * before
    assert gone.agents == {"Mozilla/5.0 (compatible; Bestbefore link check; +http://localhost)"}
    # It works again.
    gone.dead.clear()
    clock.forward(days=8)
    assert links.check_links(clock.now, gone) == 2
    assert told(session, target_id)[1:] == ["the link to docs.example.org works again"]
    assert session.scalars(select(Signal)).all() == []
    row = session.get_one(AnswerBelief, target_id, populate_existing=True)
    assert row.pi == pytest.approx(row.pa, rel=0.05)
    assert set(session.scalars(select(Link.failures))) == {0}


def dies(session: Session, clock: Clock, *urls: str) -> None:
    """Links have failed for long, and fail once more."""
    long = clock.now - timedelta(days=20)
    session.execute(update(Link).where(Link.url.in_(urls)).values(failures=5, failing_since=long, next_check_at=clock.now))
    session.commit()
    links.check_links(clock.now, Asked(*urls))


def test_a_check_by_a_person_settles_it(people: People, session: Session, clock: Clock, target_id: int) -> None:
    drain(clock)
    links.check_links(clock.now, Asked())
    dies(session, clock, "https://docs.example.org/a")
    assert len(told(session, target_id)) == 1
    verify(target_id, "right", by=people.ana, now=clock.forward(hours=1))
    drain(clock)
    settled = pi(session, target_id)
    for _ in range(3):
        links.check_links(clock.forward(days=8), Asked("https://docs.example.org/a"))
        assert len(told(session, target_id)) == 1, "who verified it has seen the link"
    assert pi(session, target_id) == settled
    other = answer(ask(people.marta, clock.now, tags_text="router"), people.jonas, clock.now, "As in https://docs.example.org/a")
    drain(clock)
    assert len(told(session, other)) == 1, "known to be dead already"
    answers.edit(other, body="Not as in the manual, which is gone.", by=people.jonas, now=clock.now)
    drain(clock)
    assert told(session, other)[1:] == ["a dead link is no longer in the text"]
    assert pi(session, other) == pytest.approx(0.05)


def test_many_dead_links_weigh_one_at_most(people: People, session: Session, clock: Clock) -> None:
    make_tag(session, "router", clock.now, freshness="belief")
    urls = [f"https://h{n}.example.org/" for n in range(6)]
    one = answer(
        ask(people.marta, clock.now, tags_text="router"), people.jonas, clock.now, " ".join(urls) + " https://ok.example.com/"
    )
    drain(clock)
    links.check_links(clock.now, Asked())
    dies(session, clock, *urls)
    session.rollback()
    assert sum(session.scalars(select(Signal.weight))) == weights.MOST_OF_LINKS
    assert len(session.scalars(select(Signal)).all()) == 6
    assert session.get_one(AnswerBelief, one, populate_existing=True).bad == weights.MOST_OF_LINKS


def test_a_machine_off_the_net_finds_nothing_dead(people: People, session: Session, clock: Clock, target_id: int) -> None:
    drain(clock)
    everything = Asked("https://docs.example.org/a", "https://other.example.com/b")
    for _ in range(20):
        links.check_links(clock.forward(days=1), everything)
    assert told(session, target_id) == []
    everything.dead.discard("https://other.example.com/b")
    for _ in range(8):
        links.check_links(clock.forward(days=1), everything)
    assert len(told(session, target_id)) == 1, "another host answers, so it is the link"


def test_one_of_a_host_in_a_run_and_none_of_what_nobody_reads(
    people: People, session: Session, clock: Clock, target_id: int
) -> None:
    for n in range(4):
        answer(ask(people.marta, clock.now), people.jonas, clock.now, f"Look at https://docs.example.org/{n} and there.")
    drain(clock)
    asked = Asked()
    counts = [links.check_links(clock.forward(minutes=1), asked) for _ in range(7)]
    assert counts == [2, 1, 1, 1, 1, 0, 0]
    assert len(set(asked.urls)) == 6
    clock.forward(days=10)
    session.execute(update(Answer).values(removed_at=clock.now))
    session.commit()
    assert links.check_links(clock.now, asked) == 0


def test_it_is_off_unless_switched_on(app: Flask, people: People, session: Session, clock: Clock, target_id: int) -> None:
    drain(clock)
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], link_check=False)
    asked = Asked()
    assert links.check_links(clock.now, asked) == 0
    assert asked.urls == []
    assert not Settings(secret_key="", data_dir=Path(), database_url="").link_check
    assert {80, 443} == link_check.PORTS

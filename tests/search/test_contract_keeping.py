"""How every engine's index is made, changed and made anew."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from search.engine import Condition, Document, IndexBusy, IndexUnusable, Kind, Query, SearchEngine
from tests.search.stories import NOW, Forum, answer, fill, found, question, words


def test_without_an_index_nothing_is_found_and_it_says_so(engine: SearchEngine) -> None:
    for results in (engine.search(words("roaming")), engine.similar("roaming", 3, NOW)):
        assert (results.hits, results.condition) == ((), Condition.MISSING)
    assert engine.health().condition is Condition.MISSING
    with pytest.raises(IndexUnusable):
        engine.replace([1], [question(1, "Roaming")])


def test_an_empty_query_finds_nothing(engine: SearchEngine) -> None:
    fill(engine, question(1, "Roaming"))
    assert not engine.search(Query(now=NOW)).hits


def test_an_empty_site_has_an_index_too(engine: SearchEngine) -> None:
    fill(engine)
    assert engine.health().condition is Condition.READY
    assert engine.search(words("roaming")).condition is Condition.READY
    assert not engine.search(Query(now=NOW, without=("roaming",))).hits
    engine.replace([1], [question(1, "Roaming")])
    assert found(engine.search(words("roaming"))) == [1]


def test_replacing_twice_is_replacing_once(engine: SearchEngine) -> None:
    fill(engine, question(1, "Roaming"), answer(11, 1, "Restart"))
    for _ in range(3):
        engine.replace([1, 2], [question(1, "Roaming abroad"), answer(11, 1, "Restart"), question(2, "Roaming at sea")])
    assert sorted(found(engine.search(words("roaming")))) == [1, 2]
    health = engine.health()
    assert (health.questions, health.documents) == (2, 3)
    engine.replace([], [])
    engine.replace([1, 77], [])
    engine.replace([1, 77], [])
    assert found(engine.search(words("roaming"))) == [2]


def test_documents_of_other_questions_are_refused(engine: SearchEngine) -> None:
    fill(engine, question(1, "Roaming"))
    with pytest.raises(ValueError, match="other questions"):
        engine.replace([2], [question(1, "Router")])
    with pytest.raises(ValueError, match="need the question"):
        engine.replace([2], [answer(21, 2, "Router")])
    assert not engine.search(words("router")).hits


def test_a_document_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        question(1, "Naive", created_at=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="no life"):
        question(1, "With a life", expires_at=NOW)
    with pytest.raises(ValueError, match="an answer needs"):
        Document(kind=Kind.ANSWER, question_id=1, answer_id=11, created_at=NOW)


def test_a_rebuild_forgets_what_is_gone(engine: SearchEngine, new_engine: Callable[[], SearchEngine]) -> None:
    other = new_engine()
    fill(engine, question(1, "Roaming"), question(2, "Roaming at sea"))
    assert sorted(found(other.search(words("roaming")))) == [1, 2]
    fill(engine, question(2, "Roaming at sea"))
    assert found(other.search(words("roaming"))) == found(engine.search(words("roaming"))) == [2]


def test_the_old_index_answers_while_a_new_one_is_made_and_nothing_is_lost(
    engine: SearchEngine, new_engine: Callable[[], SearchEngine]
) -> None:
    forum = Forum([question(number, f"Roaming {number}") for number in range(1, 9)])
    fill(engine, *forum.documents)
    reader, writer = new_engine(), new_engine()

    def reread() -> Iterator[Document]:
        for document in list(forum.documents):
            yield document
            if document.question_id == 4:
                assert len(found(reader.search(words("roaming")))) == 8
                forum.documents = [question(2, "Sailing"), question(9, "Roaming 9"), *forum.of({1, 3, 4, 5, 7, 8})]
                writer.replace([2, 6, 9], forum.of([2, 6, 9]))
                assert set(found(reader.search(words("roaming")))) == {1, 3, 4, 5, 7, 8, 9}
                with pytest.raises(IndexBusy):
                    writer.rebuild([], forum.of)

    assert engine.rebuild(reread(), forum.of) == 8
    for one in (reader, writer, new_engine()):
        assert set(found(one.search(words("roaming")))) == {1, 3, 4, 5, 7, 8, 9}
        assert found(one.search(words("sailing"))) == [2]


def test_a_change_during_the_first_rebuild_is_not_lost(engine: SearchEngine, new_engine: Callable[[], SearchEngine]) -> None:
    forum = Forum([question(1, "Roaming")])
    writer = new_engine()

    def reread() -> Iterator[Document]:
        yield from list(forum.documents)
        forum.documents = [question(1, "Sailing")]
        writer.replace([1], forum.of([1]))

    engine.rebuild(reread(), forum.of)
    assert found(writer.search(words("sailing"))) == [1]


def test_a_rebuild_that_fails_leaves_the_old_index(engine: SearchEngine) -> None:
    fill(engine, question(1, "Roaming"))

    def broken() -> Iterator[Document]:
        yield question(2, "Roaming at sea")
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        engine.rebuild(broken(), Forum().of)
    with pytest.raises(ValueError, match="one after the other"):
        engine.rebuild([question(1, "A"), question(2, "B"), question(1, "A")], Forum().of)
    assert found(engine.search(words("roaming"))) == [1]
    engine.replace([3], [question(3, "Roaming")])
    assert set(found(engine.search(words("roaming")))) == {1, 3}


def test_a_replacement_that_fails_changes_nothing(engine: SearchEngine) -> None:
    fill(engine, question(1, "Roaming"))

    def broken() -> Iterator[Document]:
        yield question(1, "Sailing")
        raise ConnectionError("the database went away")

    with pytest.raises(ConnectionError):
        engine.replace([1], broken())
    assert found(engine.search(words("roaming"))) == [1]
    assert not engine.search(words("sailing")).hits


def test_two_writers_wait_for_each_other(engine: SearchEngine, new_engine: Callable[[], SearchEngine]) -> None:
    fill(engine)

    def write(numbers: range) -> None:
        writer = new_engine()
        for number in numbers:
            writer.replace([number], [question(number, f"Roaming {number}")])

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, (range(1, 16), range(16, 31), range(31, 46))))
    assert set(found(engine.search(words("roaming", limit=100)))) == set(range(1, 46))


def test_the_later_writer_reads_later(engine: SearchEngine, new_engine: Callable[[], SearchEngine]) -> None:
    """Two workers hear of two changes of one question; whoever commits last has read last."""
    fill(engine)
    told = "first"

    def as_it_is() -> Iterator[Document]:
        yield question(1, f"Roaming {told}")

    def meanwhile() -> Iterator[Document]:
        nonlocal told
        was = told
        told = "second"
        other = pool.submit(new_engine().replace, [1], as_it_is())
        time.sleep(0.2)
        assert not other.done(), "the other one waits before it reads"
        yield question(1, f"Roaming {was}")

    with ThreadPoolExecutor(1) as pool:
        engine.replace([1], meanwhile())
    assert found(engine.search(words("roaming second"))) == [1]
    assert not engine.search(words("first")).hits


def test_many_small_commits_keep_all_and_only_what_is_there(engine: SearchEngine, new_engine: Callable[[], SearchEngine]) -> None:
    """Through every merge; the question and its answers stay together."""
    fill(engine)
    reader = new_engine()
    alive: dict[int, int] = {}
    for step in range(120):
        number = step * 7 % 31 + 1
        if step % 5 == 4:
            alive.pop(number, None)
            engine.replace([number], [])
        else:
            alive[number] = step
            engine.replace([number], [question(number, f"Title{number} common"), answer(number, number, f"step{step} common")])
        if step % 10 == 9:
            for one, version in alive.items():
                (hit,) = reader.search(words(f"title{one} step{version}")).hits
                assert (hit.question_id, hit.answer_id) == (one, one)
            assert set(found(reader.search(words("common", limit=100)))) == set(alive)
    assert engine.health().questions == len(alive)

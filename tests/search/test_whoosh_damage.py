"""An index that was deleted, damaged or made by another version: noticed, told, lived with, made anew."""

import contextlib
import errno
import os
import random
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from search.engine import Condition, IndexUnusable
from search.whoosh_engine import WhooshEngine
from search.whoosh_engine.storage import Files
from tests.search.processes import everything, look, version
from tests.search.stories import NOW, Forum, found, words


@pytest.fixture
def root(tmp_path: Path) -> Path:
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild(everything(0), Forum().of)
    for step in range(1, 4):
        engine.replace([step], version(step, step))
    return tmp_path / "index"


def _live(root: Path) -> Path:
    return root / (root / "CURRENT").read_text()


def _biggest(root: Path) -> Path:
    return max((file for file in _live(root).iterdir() if file.is_file()), key=lambda file: file.stat().st_size)


def _contents(root: Path) -> Path:
    return next(_live(root).glob("*.toc"))


def _scramble(file: Path, until: float = 2 / 3) -> None:
    data = bytearray(file.read_bytes())
    for place in range(len(data) // 3, int(until * len(data))):
        data[place] ^= 0x5A
    file.write_bytes(data)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


HARM: dict[str, Callable[[Path], object]] = {
    "segment deleted": lambda root: _biggest(root).unlink(),
    "segment cut": lambda root: os.truncate(_biggest(root), 1000),
    "segment emptied": lambda root: os.truncate(_biggest(root), 0),
    "segment scrambled": lambda root: _scramble(_biggest(root)),
    "contents deleted": lambda root: _contents(root).unlink(),
    "contents emptied": lambda root: os.truncate(_contents(root), 0),
    "contents scrambled": lambda root: _scramble(_contents(root), until=1.0),  # its middle says what nobody asks for
    "no format": lambda root: (_live(root) / "FORMAT").unlink(),
    "all files deleted": lambda root: _empty(_live(root)),
}


@pytest.mark.parametrize("harm", HARM)
def test_damage_is_noticed_told_and_healed_by_a_rebuild(root: Path, harm: str) -> None:
    serving = WhooshEngine(root)
    assert look(serving) == ""
    HARM[harm](root)
    for query in ("steady", "title9", "answered3", "nowhere"):
        results = serving.search(words(query))
        assert results.condition in (Condition.READY, Condition.DAMAGED), "whoever had it open lives on"
    fresh = WhooshEngine(root)
    for query in ("steady", "title7", "answered2"):
        results = fresh.search(words(query))
        if results.condition is Condition.DAMAGED:
            break
    assert (results.hits, results.condition) == ((), Condition.DAMAGED)
    assert fresh.similar("steady", 3, NOW).condition is Condition.DAMAGED
    worker = WhooshEngine(root)
    health = worker.health()
    assert health.condition is Condition.DAMAGED
    assert health.reason
    with pytest.raises(IndexUnusable):
        worker.replace([1], version(1, 9))
    assert worker.rebuild(everything(0), Forum().of) == 40
    for engine in (serving, fresh, worker, WhooshEngine(root)):
        assert look(engine) == ""
        assert engine.health().condition is Condition.READY
    worker.replace([1], version(1, 9))
    assert found(serving.search(words("answered9"))) == [1]


@pytest.mark.parametrize("harm", HARM)
def test_a_writer_that_meets_damage_first_says_so(root: Path, harm: str) -> None:
    HARM[harm](root)
    worker = WhooshEngine(root)
    try:
        for step in range(9, 60):
            worker.replace([1 + step % 40], version(1 + step % 40, step))
    except IndexUnusable:
        assert worker.health().condition is not Condition.READY
    else:
        pytest.fail("fifty commits and no merge met the damage")
    worker.rebuild(everything(0), Forum().of)
    assert look(WhooshEngine(root)) == ""


@pytest.mark.slow
def test_wrong_bytes_anywhere_are_lived_with(root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Some are noticed, some change nothing that anybody reads; none is an error on a page, and a rebuild mends all."""
    caplog.set_level("CRITICAL")
    chance = random.Random(4)
    noticed = 0
    for turn in range(60):
        copy = tmp_path / f"turn{turn}"
        shutil.copytree(root, copy)
        file = chance.choice([_biggest(copy), _contents(copy)])
        data = bytearray(file.read_bytes())
        for _ in range(chance.choice([1, 3, 20])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        file.write_bytes(data)
        reader, writer = WhooshEngine(copy), WhooshEngine(copy)
        conditions = {reader.search(words(text)).condition for text in ("steady", "title7", "answered2", "asked0 title30")}
        assert conditions <= {Condition.READY, Condition.DAMAGED}
        noticed += Condition.DAMAGED in conditions
        with contextlib.suppress(IndexUnusable):
            writer.replace([5], version(5, 9))
        writer.rebuild(everything(0), Forum().of)
        assert look(reader) == ""
    assert noticed > 15


def test_damage_of_an_index_that_was_replaced_meanwhile_is_no_news(root: Path) -> None:
    """Whoever still reads the old one must not call the new one damaged."""
    serving, worker = WhooshEngine(root), WhooshEngine(root)
    assert found(serving.search(words("title7"))) == [7]
    _scramble(_biggest(root))
    old = _live(root)
    worker.rebuild(everything(0), Forum().of)
    assert not old.exists()
    for number in range(1, 41):
        assert found(serving.search(words(f"title{number}"))) == [number]
    assert worker.health().condition is Condition.READY


GONE: dict[str, Callable[[Path], object]] = {
    "whole folder": shutil.rmtree,
    "name of the live one": lambda root: (root / "CURRENT").unlink(),
    "nonsense for a name": lambda root: (root / "CURRENT").write_text("../../etc"),
    "nothing for a name": lambda root: (root / "CURRENT").write_bytes(b"\xff\x00"),
    "the live one": lambda root: shutil.rmtree(_live(root)),
}


@pytest.mark.parametrize("harm", GONE)
def test_a_deleted_index_is_missed_and_made_anew_while_the_site_runs(root: Path, harm: str) -> None:
    serving = WhooshEngine(root)
    assert look(serving) == ""
    GONE[harm](root)
    for engine in (serving, WhooshEngine(root)):
        results = engine.search(words("steady"))
        assert (results.hits, results.condition) == ((), Condition.MISSING)
        assert engine.health().condition is Condition.MISSING
    with pytest.raises(IndexUnusable):
        serving.replace([1], version(1, 9))
    assert WhooshEngine(root).rebuild(everything(0), Forum().of) == 40
    assert look(serving) == ""


def test_an_index_of_another_version_is_not_read(root: Path) -> None:
    (_live(root) / "FORMAT").write_text("bestbefore 0.1 whoosh 2.7.4")
    engine = WhooshEngine(root)
    assert engine.search(words("steady")).condition is Condition.OLD_FORMAT
    assert engine.health().condition is Condition.OLD_FORMAT
    with pytest.raises(IndexUnusable):
        engine.replace([1], version(1, 9))
    engine.rebuild(everything(0), Forum().of)
    assert look(engine) == ""


def test_damage_that_one_process_met_is_known_to_the_others(root: Path) -> None:
    """A web process stumbles over it; the worker has to hear of it, though all that it looks at is whole."""
    reader, worker = WhooshEngine(root), WhooshEngine(root)
    assert worker.health().condition is Condition.READY
    (_live(root) / "DAMAGED").write_text("a block that does not unpack")
    assert worker.health().reason == "a block that does not unpack"
    assert WhooshEngine(root).search(words("steady")).condition is Condition.DAMAGED
    worker.rebuild(everything(0), Forum().of)
    assert look(reader) == ""


def test_a_folder_that_cannot_be_written_is_read_all_the_same(root: Path) -> None:
    for folder in (root, _live(root)):
        folder.chmod(0o555)
    try:
        assert look(WhooshEngine(root)) == ""
    finally:
        for folder in (root, _live(root)):
            folder.chmod(0o755)


@pytest.mark.parametrize("room", [0, 60, 400, 2000])
def test_a_disk_that_fills_up_leaves_the_index_as_it_was(root: Path, room: int) -> None:
    """No file may become longer than `room` bytes, which the system refuses as it refuses more than a disk holds."""
    engine = WhooshEngine(root)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            engine.replace([1], version(1, 100))
        with pytest.raises(OSError, match="File too large"):
            engine.rebuild(everything(100), Forum().of)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert look(engine) == look(WhooshEngine(root)) == ""
    assert not engine.search(words("answered100")).hits
    engine.replace([1], version(1, 101))
    assert found(engine.search(words("answered101"))) == [1]


def test_a_commit_whose_files_cannot_be_made_changes_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first file a commit wants to make cannot be made, then the second, and so on, until all of them can."""
    engine = WhooshEngine(root)
    create_file = Files.create_file
    left = 0

    def create_if_room(self: Files, name: str, **options: object) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return create_file(self, name, **options)

    monkeypatch.setattr(Files, "create_file", create_if_room)
    for allowed in range(60):
        left = allowed
        try:
            engine.replace([1], version(1, 100 + allowed))
        except OSError:
            assert look(WhooshEngine(root)) == ""
            assert not engine.search(words(f"answered{100 + allowed}")).hits
        else:
            break
    else:
        pytest.fail("no commit ever succeeded")
    assert allowed > 3
    assert found(engine.search(words(f"answered{100 + allowed}"))) == [1]
    assert look(engine) == ""

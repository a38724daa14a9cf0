"""What the tests run in other processes. Each function is a process's whole life; files in `folder` tell it when to stop."""

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from search.engine import Document, IndexBusy, Query, SearchEngine
from tests.search.engines import open_in
from tests.search.stories import NOW, Forum, answer, question, words

QUESTIONS = range(1, 41)


def version(number: int, step: int) -> list[Document]:
    """Question `number` as it is at `step`: the question and its answer tell the same one."""
    return [
        question(number, f"Steady title{number}", f"asked{step}", tags=("steady",)),
        answer(number, number, f"answered{step} for the steady question"),
    ]


def everything(step: int) -> Iterator[Document]:
    """All questions at `step`."""
    return (document for number in QUESTIONS for document in version(number, step))


def write(folder: Path) -> None:
    """Commit new versions without end, and say after each commit what is acknowledged."""
    engine = open_in(folder)
    step = int((folder / "acknowledged").read_text())
    while True:
        step += 1
        number = QUESTIONS[step % len(QUESTIONS)]
        engine.replace([number], version(number, step))
        fresh = folder / "acknowledged.new"
        fresh.write_text(str(step))
        fresh.replace(folder / "acknowledged")


def rebuild(folder: Path) -> None:
    """Make the index anew without end."""
    engine = open_in(folder)
    while True:
        with suppress(IndexBusy):
            engine.rebuild(everything(0), Forum().of)
        (folder / "rebuilt").touch()


def read(folder: Path) -> None:
    """Search without end; write down the first answer that is not whole, then stop. Stops too when there is a file `stop`."""
    engine = open_in(folder)
    searches = 0
    while not (folder / "stop").exists():
        problem = look(engine)
        if problem:
            (folder / "problem").write_text(problem)
            return
        searches += 1
        (folder / "searches").write_text(str(searches))


def look(engine: SearchEngine) -> str:
    """What is wrong with what the engine finds; '' when every question is there once, whole, with its answer."""
    results = engine.search(words("steady", limit=100))
    numbers = sorted(hit.question_id for hit in results.hits)
    if numbers != list(QUESTIONS):
        return f"{results.condition}: {numbers}"
    if any(hit.answer_id != hit.question_id for hit in results.hits):
        return "a question without its answer"
    number = QUESTIONS[int(time.monotonic() * 1000) % len(QUESTIONS)]
    hits = engine.search(Query(now=NOW, words=(f"title{number}",))).hits
    if [hit.question_id for hit in hits] != [number]:
        return f"title{number} finds {hits}"
    return ""


if __name__ == "__main__":
    {"write": write, "rebuild": rebuild, "read": read}[sys.argv[1]](Path(sys.argv[2]))

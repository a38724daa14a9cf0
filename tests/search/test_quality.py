"""What measures the quality of search: its collections, its arithmetic, and a glance at what it measures."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import labelled
from benchmarks.labelled import Asked, Post, pairs
from benchmarks.measures import quality
from benchmarks.search_quality import measure
from search.semantic.encoder import Encoder

PAIRS = """\
7\tHow to mount a disk\t"It says:
\t""not found"" again"\t9\tMounting disks\tbody nine\t1
7\tHow to mount a disk\tsame again\t12\t"A ""quoted"" title"\t\t0
12\t"A ""quoted"" title"\t\t9\tMounting disks\tbody nine\t1
"""


def test_pairs_become_a_pool_and_what_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "made-up.tsv"
    file.write_text(PAIRS)
    found = pairs(file)
    assert found.name == "made-up"
    assert found.pool == {
        1: Post("How to mount a disk", 'It says:\n\t"not found" again'),
        2: Post("Mounting disks", "body nine"),
        3: Post('A "quoted" title', ""),
    }
    assert found.asked == [
        Asked("How to mount a disk", frozenset({2}), 1),
        Asked("Mounting disks", frozenset({1, 3}), 2),
        Asked('A "quoted" title', frozenset({2}), 3),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1\ta\tone\t2\tb\ttwo\t1\n",
        "1\t1\ta\tone\t2\tb\ttwo\n",
        "\ufeffid1\tid2\ttitle1\ttitle2\tbody1\tbody2\tis_duplicate\n1\t2\ta\tb\tone\ttwo\t1\n",
    ],
    ids=["label last", "label first", "names"],
)
def test_columns_may_stand_in_another_order(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text(text)
    found = pairs(file)
    assert found.pool == {1: Post("a", "one"), 2: Post("b", "two")}
    assert found.asked == [Asked("a", frozenset({2}), 1), Asked("b", frozenset({1}), 2)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1\ta\tone\t2\tb\ttwo\t1\n1\ta\tone\n", "line 2: 3 fields, and 7 are expected"),
        ("1\ta\tone\t2\tb\ttwo\t1\n1\ta\tone\t2\tb\ttwo\tyes\n", "line 2: the label is 'yes'"),
        ("one\ttwo\tthree\tfour\tfive\tsix\tseven\n", "names no column id1"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        pairs(file)


def test_measures_are_what_one_counts_by_hand() -> None:
    found = quality([([5, 1, 9, 2], {1, 2}), (list(range(100, 121)), {120, 100}), ([], {1})])
    assert found.map == pytest.approx(((1 / 2 + 2 / 4) / 2 + 1 / 2 + 0) / 3)
    assert found.mrr == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert found.p1 == pytest.approx(1 / 3)
    assert found.p5 == pytest.approx((2 / 5 + 1 / 5) / 3)
    assert found.r10 == found.r20 == pytest.approx((1 + 1 / 2) / 3), "the 21st is cut off"


@pytest.mark.slow
def test_paraphrases_find_their_question(stackfaq: Path, minilm: Path) -> None:
    """Every twentieth of them; `benchmarks/search_quality.py` has the figures."""
    collection = labelled.stackfaq(stackfaq)
    assert (len(collection.pool), len(collection.asked)) == (125, 1249)
    glance = replace(collection, asked=collection.asked[::20])
    measured = {name: quality.mrr for name, quality, _ in measure(glance, ["whoosh"], Encoder(minilm))}
    assert measured["whoosh: words"] > 0.78
    assert measured["meaning"] > 0.93
    assert measured["whoosh: both"] > 0.93

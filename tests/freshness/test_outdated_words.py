"""Comments that sound as if an answer is out of date: in whose words, and in which not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.freshness.outdated import phrases, sounds_outdated


@pytest.mark.parametrize(
    "said",
    [
        "This is deprecated since 4.2.",
        "OUTDATED!",
        "Sadly this doesn’t work any more.",
        "It doesn't  work\nanymore on iOS 20",
        "That menu no longer works (firmware 5).",
        "Your answer is out of date, see https://example.org/new",
        "It is not outdated, but the second step no longer works.",
        "> it works\n\nNot for me: obsolete.",
        "Das funktioniert leider nicht mehr.",
        "Ist VERALTET seit dem Update",
        "Ça ne marche plus depuis hier",
        "Ce n’est pas nouveau : c’est obsolète.",
        "Esto ya no funciona.",
        "Isso não funciona mais",
        "Работало, но уже не работает",
        "هذا لم يعد يعمل بعد التحديث",
        "جربت ولم يعد يعمل",
        "هٰذا لَمْ يَعُدْ يَعْمَل",
        "Bu cevap güncel değil",
    ],
)
def test_what_sounds_outdated(said: str) -> None:
    assert sounds_outdated(said)


@pytest.mark.parametrize(
    "said",
    [
        "Thank you, this works.",
        "Is there a newer way?",
        "Run `deprecated --list` first.",
        "```\nthis is deprecated\n```",
        "> no longer works\n\nIt does here.",
        "You write “no longer works”, but it does.",
        'The text "out of date" is on my screen, is that normal?',
        "This is not deprecated.",
        "Das ist nicht veraltet.",
        "No está obsoleto.",
        "The undeprecated and obsoletely named setting",
        "The router has worked no longer than a day.",
        "out of my date range",
        "",
    ],
)
def test_what_does_not(said: str) -> None:
    assert not sounds_outdated(said)


@pytest.mark.parametrize("language", phrases())
def test_every_phrase_is_found_and_written_as_the_file_says(language: str) -> None:
    says, denies = phrases()[language]
    for phrase in (*says, *denies):
        assert phrase == " ".join(phrase.casefold().split())
        assert "’" not in phrase
    assert [phrase for phrase in says if not sounds_outdated(f"Well, {phrase}.")] == []
    assert len(says) == len(set(says))


@given(st.text(max_size=400))
def test_no_text_is_too_strange(text: str) -> None:
    assert sounds_outdated(f"{text}\n\nobsolete") in (True, False)

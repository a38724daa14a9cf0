"""How the words of a language are cut to their stems, and which of its words nearly every text has.

English has Porter's rules, the others Snowball's, as Whoosh brings them. Japanese, Korean and Chinese texts are cut into pairs of
letters elsewhere; what else stands in them is mostly English.
"""

import re
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from whoosh.lang.porter import stem as porter

_ENGLISH = """
a about am an and any are as at be been but by can cannot could did do does doing for from get got had has
have having he her him his how i if in into is it its itself just me my of on or our ours she should so some
such than that the their them then there these they this those to too us very was we were what when where
which who whom why will with would you your
"""
_ROMANIAN = """
a acea aceasta acest aceste acestea acesti acum ai aici al ale am ar are as asa asta atunci au ca care cat ce cel cele cu cum da
dar de deci despre din dintre doar dupa e ea ei el ele era este eu fi fie fiind foarte fost i iar ii il imi in insa intr intre isi
la le lui lor ma mai mi mult ne nici nu o ori pe pentru poate prin sa sau se si sunt te toate tot tu un una unde unei unui va vor
"""
_PREFIXES = re.compile(r"\A(?:وال|بال|كال|فال|لل|ال|و(?=\w{3}))(?=\w{2})")
_SUFFIXES = re.compile(r"(?<=\w{2})(?:ها|ان|ات|ون|ين|يه|ه|ي)\Z")  # noqa: RUF001 - Arabic letters, meant as such
"""Of Arabic: the article with what is written together with it, and the endings of number and person."""

_STEMMERS = {
    "da": "DanishStemmer",
    "de": "GermanStemmer",
    "es": "SpanishStemmer",
    "fi": "FinnishStemmer",
    "fr": "FrenchStemmer",
    "it": "ItalianStemmer",
    "nl": "DutchStemmer",
    "no": "NorwegianStemmer",
    "pt": "PortugueseStemmer",
    "ro": "RomanianStemmer",
    "ru": "RussianStemmer",
    "sv": "SwedishStemmer",
}
_AS_WRITTEN = {"ru"}
"""Its endings are told apart by accents, which folding takes away; elsewhere people leave accents out too often."""
_NOT_LATIN = {"ar", "ru"}


class Stemming(NamedTuple):
    """What `search.analysis` has to know of a language."""

    code: str
    stem: Callable[[str], str]
    before_folding: bool
    """Stems are cut from words as they are written."""
    stop_words: frozenset[str]


def stemming(code: str) -> Stemming:
    """The stems and stop words of a language; KeyError for one that is not known."""
    if code in {"en", "ja", "ko", "zh"}:
        return Stemming(code, porter, before_folding=False, stop_words=frozenset(_ENGLISH.split()))
    stem = _stem(code)
    common = (
        frozenset(_ROMANIAN.split()) if code == "ro" else import_module("whoosh.lang.stopwords").stoplists.get(code, frozenset())
    )
    if code in _NOT_LATIN:
        return Stemming(code, lambda word: porter(word) if word.isascii() else stem(word), code in _AS_WRITTEN, common)
    return Stemming(code, stem, code in _AS_WRITTEN, common)


def _stem(code: str) -> Callable[[str], str]:
    if code == "ar":
        return _arabic
    if code in {"hu", "tr"}:
        return str  # Whoosh cuts the Hungarian "telefon" to "telef" and "telefonok" to "telefon", and has no rules of Turkish
    # The rules of all languages take a moment to load, and an English site needs none of them.
    made: Callable[[str], str] = getattr(import_module("whoosh.lang.snowball"), _STEMMERS[code])().stem
    return made


def _arabic(word: str) -> str:
    return _SUFFIXES.sub("", _PREFIXES.sub("", word))

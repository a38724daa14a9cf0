"""Words as people begin to type them. Not stems: who types "rout" has not finished a word yet."""

import re
from collections.abc import Iterator

from search.analysis import Language, fold

LONGEST_TITLE = 300
"""So much of a title is read, in characters."""
LONGEST_TYPED = 100
"""And so much of what is typed."""
LONGEST_WORD = 40
MOST_OF_TITLE = 40
"""So many words of a title at the most."""
MOST_TYPED = 5
"""So many words that are typed are looked for, the last of them included."""
BEGINNING = 3
"""A whole word of fewer letters is not taken for the beginning of a longer one."""
RUN = 8
"""In scripts without spaces: so many letters from each one on."""

_APOSTROPHES = str.maketrans("", "", "'’")
_PART = re.compile(r"[^\W_]+")
_NARROWING = re.compile(
    r"""(?<!\S)(?:[-−–]\S* | (?:tag|user|author|product|release|version|is|before|after|sort):(?:"[^"]*"?|\S*))""",
    re.IGNORECASE | re.VERBOSE,
)
"""What narrows a search is no word of a title."""


def of_title(title: str, language: Language) -> frozenset[str]:
    """The words a title is found by: without stop words, unless it has no others. Of "Wi-Fi": wi-fi, wifi, wi and fi."""
    read = list(_tokens(title[:LONGEST_TITLE], language))
    telling = [form for token, is_common, in_run in read if not is_common for form in _forms(token, in_run)]
    words = dict.fromkeys(telling or [token for token, _, _ in read])
    return frozenset([word for word in words if word][:MOST_OF_TITLE]) or frozenset({" "})


def typed(text: str, language: Language) -> tuple[tuple[str, bool], ...]:
    """The words looked for, each with whether it may be the beginning of a longer one. Stop words are left out, except the last
    one while it is being typed; of many words the last ones count."""
    text = _NARROWING.sub(" ", text[:LONGEST_TYPED])
    read = list(_tokens(text, language))
    unfinished = bool(read) and not text[-1:].isspace()
    words: dict[str, bool] = {}
    for place, (token, is_common, in_run) in enumerate(read):
        is_last = unfinished and place == len(read) - 1
        word = token[:RUN] if in_run else token
        if is_last or not is_common:
            words[word] = is_last or in_run or len(word) >= BEGINNING
    return tuple(words.items())[-MOST_TYPED:]


def _tokens(text: str, language: Language) -> Iterator[tuple[str, bool, bool]]:
    """Each token: as it is looked up, whether it is a stop word, and whether its script has no spaces."""
    for reading, start, end in language.readings(text):
        token = fold(text[start:end]).translate(_APOSTROPHES)[:LONGEST_WORD]
        if token:
            yield token, reading.common, reading.in_pairs


def _forms(token: str, in_run: bool) -> list[str]:
    if in_run:
        return [token[start : start + RUN] for start in range(len(token))]
    parts = _PART.findall(token)
    return [token, "".join(parts), *parts] if len(parts) > 1 else [token]

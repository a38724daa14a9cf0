"""What every text goes through before and after it is rendered: cleaning, plain words, excerpts, keys of names."""

import html
import re
import unicodedata

_NEWLINE = re.compile("\r\n?|[\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# C0 (but tab and newline), DEL, C1, the bidi embeddings, overrides and isolates, the byte order mark, two non-characters.
# Bidi marks (LRM, RLM, ALM) stay: they nudge one character and are needed in honest right-to-left text; an override can make
# `rm -rf` read as something else, so it goes. Nothing takes its place: what is left reads in the order it is stored.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
# Marks are neither letters nor spaces for `re`, so a pile of them is found cheaply and only then looked at one by one.
_MAYBE_PILE = re.compile(r"[^\w\s\x00-\u02ff]{9,}")
MAX_MARKS = 8  # combining marks on one letter; Hebrew with its accents needs five, Tibetan seven

_BLOCK_TAG = re.compile(r"</?(?:p|h[1-6]|li|ul|ol|dl|dt|dd|blockquote|pre|table|thead|tbody|tr|td|th|div)\b[^<>]*>|<[bh]r[^<>]*>")
_ANY_TAG = re.compile(r"<[^<>]*>")
_SPACE = re.compile(r"[ \t\u00a0]+")
_SPACED_NEWLINES = re.compile(r"\s*\n\s*")
# Scripts written without spaces: a line may end after any of their characters.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")
_HALF_FLAGS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_HALF_FLAG = re.compile(f"[{_HALF_FLAGS}]")
_JOINERS = "\u200d\ufe0e\ufe0f"
_LONGEST_NAME = 200


def clean_source(text: str) -> str:
    """Text as it may be stored: `\\n` for every newline, NFC, nothing that controls a terminal, a parser or the reading order.

    Dropped: NUL and the other control characters except tab and newline, unpaired surrogates, bidi embeddings, overrides and
    isolates, and combining marks beyond the eighth on one letter. Doing it twice changes nothing. It never raises.
    """
    text = _NEWLINE.sub("\n", text)
    if _SURROGATE.search(text):
        # A pair that came as two halves is one character; a half alone is nothing.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    # Normalising takes some marks apart, so there may be too many again.
    return thin_marks(unicodedata.normalize("NFC", thin_marks(strip_controls(text))))


def strip_controls(text: str) -> str:
    """The text without the characters that `clean_source` drops one by one; for text whose entities were decoded later."""
    return _UNWANTED.sub("", text)


def thin_marks(text: str) -> str:
    """At most eight combining marks on a letter.

    More are drawn over the neighbouring lines, and Unicode normalisation sorts them in quadratic time.
    """
    return _MAYBE_PILE.sub(_thin_pile, text)


def _thin_pile(found: re.Match[str]) -> str:
    kept, run = [], 0
    for character in found.group():
        run = run + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if run <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)


def plain_text(rendered: str) -> str:
    """The words of rendered HTML, entities decoded, one line per paragraph, item, cell or line of code; for the search index."""
    words = _ANY_TAG.sub("", _BLOCK_TAG.sub("\n", rendered))
    return _SPACED_NEWLINES.sub("\n", _SPACE.sub(" ", html.unescape(words))).strip()


def excerpt(rendered: str, length: int = 200) -> str:
    """The first words of rendered HTML in one line of at most `length` characters, an ellipsis included.

    It ends after a whole word (in scripts written without spaces, after a whole character with its marks). Only a single word
    longer than `length` is cut, and never between a letter and what belongs to it.
    """
    text = " ".join(plain_text(rendered).split())
    if len(text) <= length:
        return text
    limit = max(length - 1, 0)
    cut = next((at for at in range(limit, 0, -1) if _may_end(text, at)), None)
    if cut is None:
        cut = next((at for at in range(limit, 0, -1) if not _belongs_to_previous(text, at)), limit)
    return text[:cut].rstrip(" ,;:–-") + "…"


def _may_end(text: str, at: int) -> bool:
    if text[at] == " ":
        return True
    unspaced = _UNSPACED.match(text, at) or _UNSPACED.match(text, at - 1)
    return bool(unspaced) and not _belongs_to_previous(text, at)


def _belongs_to_previous(text: str, at: int) -> bool:
    return (
        text[at] in _JOINERS
        or text[at - 1] == "\u200d"
        or unicodedata.category(text[at]) in {"Mn", "Mc", "Me"}
        or "\U0001f3fb" <= text[at] <= "\U0001f3ff"  # skin tones
        or (bool(_HALF_FLAG.match(text, at)) and (at - len(text[:at].rstrip(_HALF_FLAGS))) % 2 == 1)
    )


def name_key(name: str) -> str:
    """What makes a name unique and mentionable: NFKC, case folded, letters and digits only ("Ana Ruiz" gives "anaruiz").

    Vowel signs of Indic and south-east Asian scripts count as letters, accents that cannot be composed do not. Only the first
    200 characters are looked at: longer names are refused where names are validated.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", thin_marks(name[:_LONGEST_NAME])).casefold())
    return "".join(character for character in folded if character.isalnum() or _spells(character))[:_LONGEST_NAME]


def _spells(character: str) -> bool:
    """Whether a mark is part of the spelling rather than an accent.

    Unicode gives script-specific vowel signs combining class 0, nuktas 7, viramas 9 and Telugu to Tibetan vowels 84 to 132.
    """
    if unicodedata.category(character) not in {"Mn", "Mc"} or "\ufe00" <= character <= "\ufe0f" or character == "\u034f":
        return False
    kind = unicodedata.combining(character)
    return kind in {0, 7, 9} or 84 <= kind <= 132  # noqa: PLR2004 - classes named in the docstring

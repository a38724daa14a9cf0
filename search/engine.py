"""What every search engine takes and gives: documents in, hits out. No models and no web in here.

A question and each of its answers are documents of their own, because answers of one question expire on different days; what
is found is always a question, with the answer that serves the reader best. An engine stores dates and compares them with the
`now` of the query, so an expired answer is never found as a current one, whoever was late in writing the expiry down.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from search.explanation import Explanation

MAX_RESULTS = 100
"""The most hits one search gives; further ones are asked for with `Query.after`."""
COUNTED = 300
"""At most so many of the questions that come first are looked at to count what is found."""
TAGS_COUNTED = 40
"""So many of the most frequent tags are told with their counts: more than one search can ask for, and those shown besides."""


class Kind(StrEnum):
    """What a document was made of."""

    QUESTION = "question"
    ANSWER = "answer"


class Freshness(StrEnum):
    """What an answer is at a moment, in the words people type after `is:`."""

    CURRENT = "current"
    DUE = "due"
    EXPIRED = "expired"
    ARCHIVED = "archived"


class Mark(StrEnum):
    """What else can be said of a question or one of its answers after `is:`."""

    SOLVED = "solved"
    UNANSWERED = "unanswered"
    OFFICIAL = "official"


class Sort(StrEnum):
    """In which order questions are found, in the words people type after `sort:`."""

    RELEVANCE = "relevance"
    """The best first; without words those that were active last, since nothing makes one better than another."""
    NEWEST = "newest"
    """Asked last."""
    ACTIVE = "active"
    """Last asked, answered or edited."""
    VOTES = "votes"
    """The question's own."""


class Facet(StrEnum):
    """What a question can be narrowed by, in the words people type before the colon."""

    TAG = "tag"
    USER = "user"
    PRODUCT = "product"
    RELEASE = "release"


@dataclass(frozen=True, kw_only=True)
class Document:
    """One question or one answer as plain text. Removed things are never made into a document.

    An answer needs `answer_id`, `best_before_at` and `expires_at`; a question has none of them, and carries the title, tags,
    product and release for all of its answers. Dates are aware. Anything else raises ValueError.
    """

    kind: Kind
    question_id: int
    answer_id: int | None = None
    title: str = ""
    body: str = ""
    comments: str = ""
    """The text of its comments, searched but not quoted."""
    author: str = ""
    tags: tuple[str, ...] = ()
    product: str = ""
    release: str = ""
    created_at: datetime
    activity_at: datetime | None = None
    """Of a question: when something last happened to it."""
    best_before_at: datetime | None = None
    expires_at: datetime | None = None
    archived: bool = False
    accepted: bool = False
    official: bool = False
    verified: bool = False
    votes: int = 0

    def __post_init__(self) -> None:
        dates = (self.created_at, self.activity_at, self.best_before_at, self.expires_at)
        if any(date is not None and date.tzinfo is None for date in dates):
            raise ValueError("a document's dates need a time zone")
        life = (self.answer_id, self.best_before_at, self.expires_at)
        if self.kind is Kind.ANSWER and None in life:
            raise ValueError("an answer needs its number, its best-before date and its day of expiry")
        if self.kind is Kind.QUESTION and life != (None, None, None):
            raise ValueError("a question has no answer's number and no life of its own")


class Cursor(NamedTuple):
    """Where a page of results ended: the last hit's score and question, and in which part of the results that was.

    What the parts are is the engine's own business; whoever keeps a cursor keeps all three.
    """

    score: float
    question_id: int
    part: int = 0


class FacetFilter(NamedTuple):
    """`tag:wifi`, or `-tag:wifi` when `wanted` is False."""

    facet: Facet
    value: str
    wanted: bool = True


@dataclass(frozen=True, kw_only=True)
class Query:
    """What is looked for, at which moment.

    Every word, phrase, facet and mark has to be met by the question together with its answers. Of the states any one is enough,
    since an answer is in one only; without a state an answer counts while it is current or due.
    """

    now: datetime
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    """Words and phrases that must not occur."""
    facets: tuple[FacetFilter, ...] = ()
    states: frozenset[Freshness] = frozenset()
    without_states: frozenset[Freshness] = frozenset()
    marks: frozenset[Mark] = frozenset()
    without_marks: frozenset[Mark] = frozenset()
    asked_from: datetime | None = None
    """The question was asked then or later."""
    asked_until: datetime | None = None
    """The question was asked before."""
    sort: Sort = Sort.RELEVANCE
    limit: int = 20
    after: Cursor | None = None
    counting: bool = False
    """Whether to count the tags and states of what is found as well."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is asked for."""
        return not (self.words or self.phrases or self.is_narrowed)

    @property
    def is_narrowed(self) -> bool:
        """Whether more is asked for than words and phrases."""
        states, marks = self.states or self.without_states, self.marks or self.without_marks
        return bool(self.without or self.facets or states or marks or self.asked_from or self.asked_until)


class Fragment(NamedTuple):
    """A piece of a text, and whether it is what was looked for."""

    text: str
    is_match: bool


Fragments = tuple[Fragment, ...]


@dataclass(frozen=True)
class Hit:
    """A question that was found, and the answer that serves best among those that were asked for."""

    question_id: int
    score: float
    title: Fragments
    answer_id: int | None = None
    freshness: Freshness | None = None
    """Of the answer, at the query's moment."""
    excerpt: Fragments = ()
    excerpt_answer_id: int | None = None
    """The answer that `excerpt` quotes; None when it quotes the question."""


class Condition(StrEnum):
    """How an engine's index is. Only a ready one finds anything; all the others ask for a rebuild."""

    READY = "ready"
    MISSING = "missing"
    DAMAGED = "damaged"
    OLD_FORMAT = "old format"


@dataclass(frozen=True)
class Counts:
    """What is among the questions that were found, on whatever page one is."""

    questions: int = 0
    is_all: bool = True
    """False: there are more than were looked at, and these are of the first ones."""
    tags: tuple[tuple[str, int], ...] = ()
    """How many of the questions have each tag, the most frequent first; at most TAGS_COUNTED tags."""
    states: tuple[tuple[Freshness, int], ...] = ()
    """How many have an answer in each state, those that none has left out."""


@dataclass(frozen=True)
class Results:
    """What a search gave, best first."""

    hits: tuple[Hit, ...] = ()
    more: Cursor | None = None
    """Put it into `Query.after` for the next hits; None when there are none."""
    relaxed: bool = False
    """No question had all the words, so these have the most telling ones of them."""
    only_common_words: bool = False
    """Every word was one that nearly all texts have, so nothing was looked for."""
    condition: Condition = Condition.READY
    counts: Counts | None = None
    """Where the query asked for it."""
    cut: bool = False
    """Here it ends, though more questions may fit: the engine looks at no more of them."""


@dataclass(frozen=True)
class Health:
    """How the index is. `reason` says what was met, in words for the person who runs the site."""

    condition: Condition
    questions: int = 0
    documents: int = 0
    bytes_on_disk: int = 0
    reason: str = ""


class IndexUnusable(Exception):
    """There is no index that could be changed; `rebuild` makes one."""


class IndexBusy(Exception):
    """Another process is writing the index, or rebuilding it, and did not finish in time. Nothing was changed; try again."""


DocumentsOf = Callable[[Collection[int]], Iterable[Document]]
"""Reads the documents of some questions anew; gives none for those that are gone."""


class SearchEngine(Protocol):
    """An index of questions and their answers. Safe to use from several threads, and from several processes at once."""

    def search(self, query: Query) -> Results:
        """The best hits at `query.now`. Never raises for a broken index: then there are no hits, and `condition` says why."""
        ...

    def explain(self, query: Query) -> tuple[Explanation, ...]:
        """Why each hit of `query` stands where it stands, best first. Never raises for a broken index."""
        ...

    def similar(self, text: str, limit: int, now: datetime, without: int | None = None) -> Results:
        """Questions like the one whose title is `text`, leaving out the question `without`. Nothing is quoted in its hits.

        Never raises for a broken index.
        """
        ...

    def replace(self, question_ids: Collection[int], documents: Iterable[Document]) -> None:
        """Make `documents` all there is of the questions `question_ids`, in one commit. Without documents they are gone.

        `documents` are read once nobody else can write, so of two writers who read the same question the later one has the
        later state, provided that it reads lazily.
        Raises ValueError for a document of another question, IndexUnusable when there is no usable index, IndexBusy when
        another writer does not finish. Doing it twice is doing it once.
        """
        ...

    def rebuild(self, documents: Iterable[Document], again: DocumentsOf) -> int:
        """Make a new index of `documents` beside the old one, then put it in its place; returns the number of questions.

        All documents of a question have to come one after the other. The old index answers meanwhile. Questions that `replace`
        changed meanwhile are read again through `again` before the change, so nothing is lost. Raises IndexBusy when
        another rebuild is running. Killed at any moment, it leaves the old index as it was.
        """
        ...

    def health(self) -> Health:
        """The index as it is on the disk now, looked at thoroughly enough to notice damage."""
        ...

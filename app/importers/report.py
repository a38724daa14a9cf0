"""What an import did, and what it passed over and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field

EXAMPLES = 3
"""So many rows are named for each reason; the rest are counted."""


@dataclass
class PassedOver:
    """Rows of one file that were passed over for one reason."""

    count: int = 0
    examples: list[str] = field(default_factory=list)
    """Which rows, as "line 12, row 7"."""


@dataclass
class Report:
    """Counts by what was written, what was here already, and what was passed over."""

    source: str
    written: dict[str, int] = field(default_factory=dict)
    here_already: dict[str, int] = field(default_factory=dict)
    passed_over: dict[tuple[str, str], PassedOver] = field(default_factory=dict)
    """(file, reason in words) → which rows."""
    seconds: float = 0.0

    def wrote(self, what: str, count: int) -> None:
        """`count` more of `what`, a plural noun, are in our tables."""
        self.written[what] = self.written.get(what, 0) + count

    def found(self, what: str, count: int) -> None:
        """`count` more of `what` were here already and stay as they are."""
        if count:
            self.here_already[what] = self.here_already.get(what, 0) + count

    def pass_over(self, file: str, reason: str, where: str = "", count: int = 1) -> None:
        """`count` more rows of `file` are passed over for `reason`; `where` names one of them."""
        entry = self.passed_over.setdefault((file, reason), PassedOver())
        entry.count += count
        if where and len(entry.examples) < EXAMPLES:
            entry.examples.append(where)

    @property
    def posts(self) -> int:
        """Questions and answers written."""
        return self.written.get("questions", 0) + self.written.get("answers", 0)

    def lines(self) -> Iterator[str]:
        """The report in words, a line each."""
        speed = f" ({self.posts / self.seconds:,.0f} posts a second)" if self.posts and self.seconds else ""
        yield f"Imported from {self.source} in {self.seconds:.1f} s{speed}:"
        for what, count in self.written.items():
            yield f"  {count:>9,} {what}"
        if self.here_already:
            yield "Here already, left as they are:"
            for what, count in self.here_already.items():
                yield f"  {count:>9,} {what}"
        if self.passed_over:
            yield "Passed over:"
        for (file, reason), entry in self.passed_over.items():
            named = "; ".join(entry.examples)
            more = " …" if named and entry.count > len(entry.examples) else ""
            yield f"  {entry.count:>9,} {file}: {reason}{f' ({named}{more})' if named else ''}"

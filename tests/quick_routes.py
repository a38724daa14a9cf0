"""Making an application quickly: nearly every test makes one, and werkzeug compiles each of some 120 routes anew, for 45 ms."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_compile = Rule._compile_builder
_known: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


def _compiled_once(self: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What it compiles to follows from its parts alone; the converters are looked up when it runs."""
    parts: Any = (tuple(self._trace), repr(self.defaults), append_unknown)
    if parts not in _known:
        _known[parts] = _compile(self, append_unknown)
    return _known[parts]


def install() -> None:
    """Compile each route once a process, from now on."""
    Rule._compile_builder = _compiled_once  # type: ignore[method-assign]  # only here, and only to do less of the same

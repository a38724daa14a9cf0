"""Making an application quickly. Nearly every test makes one, and the same work was done for each anew: werkzeug compiles
some 120 routes (45 ms), and SQLAlchemy every statement that the test sends (1 ms each)."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

_compile = Rule._compile_builder
_routes: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}


class Statements(LRUCache[Any, Any]):
    """Compiled statements of all engines of one kind. A key begins with the dialect's object, which is a new one for each engine
    and the same in all that matters."""

    def get(self, key: Any, default: Any = None) -> Any:  # noqa: ANN401 - SQLAlchemy's own
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
        super().__setitem__(key[1:], value)


_statements: dict[str, Statements] = defaultdict(lambda: Statements(5000))


def _compiled_once(self: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """What a route compiles to follows from its parts alone; the converters are looked up when it runs."""
    parts: Any = (tuple(self._trace), repr(self.defaults), append_unknown)
    if parts not in _routes:
        _routes[parts] = _compile(self, append_unknown)
    return _routes[parts]


def _share(connection: Connection) -> None:
    engine = connection.engine
    engine._compiled_cache = _statements[engine.dialect.name]


def install() -> None:
    """From now on, once a process."""
    Rule._compile_builder = _compiled_once  # type: ignore[method-assign]  # only here, and only to do less of the same
    event.listen(Engine, "engine_connect", _share)

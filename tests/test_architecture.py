"""The house's conventions, held by reading its source: who may import whom, who may ask what."""

import ast
import graphlib
import sys
from collections.abc import Iterator

import pytest

from tests.source import Module, modules

ROOF = {
    f"app.{name}" for name in ("api", "cli", "demo", "factory", "importers", "jobs", "listener", "prepare", "serve", "worker")
}
FLOORS = {"app": 0, "reputation": 1, "community": 2, "search": 3, "wsgi": 4}
ROOF_FLOOR = 4

PURE = {"lifecycle", "points", "belief"}
"""Modules that are rules or mathematics alone, wherever they stand."""

OF_THE_REQUEST = {"request", "session", "flash", "current_user", "g", "has_request_context"}

STANDS_BESIDE_THE_VIEWS = {
    "app.assets": "sends the static files, which need no view",
    "app.error_pages": "answers when a view has failed or refused",
    "app.frame": "gives every page what surrounds it",
    "app.pagecache": "answers for the views with what they answered before",
    "app.security": "looks at every request before a view does",
}
"""Modules that know the request, and what time it is, as views do; each with its reason."""

HANDLERS = (".handlers", ".indexer", ".cli")
"""How modules end that the outbox or a person at a terminal calls, and no verb does."""

DATED_BY_OTHERS = {
    "search.whoosh_engine.folder": "asks how old a file is, which the file system's clock dates",
}
"""Modules that read the wall clock to compare it with somebody else's, each with its reason."""

WALL_CLOCK = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"},
    "func": {"now", "current_timestamp", "current_date", "localtimestamp"},
}


def floor(name: str) -> int | None:
    """The floor a module of ours stands on; None for what is not ours."""
    if any(name == roof or name.startswith(f"{roof}.") for roof in ROOF):
        return ROOF_FLOOR
    return FLOORS.get(name.partition(".")[0])


def layer(module_name: str) -> int | None:
    """views 3 → verbs and queries 2 → policy and lifecycle 1 → models 0; None outside of the packages that have layers."""
    parts = module_name.split(".")
    if parts[0] not in {"community", "reputation", "search"} and parts[:2] != ["app", "accounts"]:
        return None
    if "views" in parts:
        return 3
    if "models" in parts:
        return 0
    return 1 if parts[-1] == "policy" or parts[-1] in PURE else 2


def package(module_name: str) -> str:
    parts = module_name.split(".")
    return ".".join(parts[:2]) if parts[0] == "app" else parts[0]


def found(offences: Iterator[str]) -> None:
    """Fail with the whole list, not with the first of it."""
    listed = sorted(set(offences))
    assert not listed, "\n" + "\n".join(listed)


def calls(module: Module, name: str) -> Iterator[ast.Call]:
    """Calls of `name(…)` or `anything.name(…)`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            function = node.func
            if (isinstance(function, ast.Name) and function.id == name) or (
                isinstance(function, ast.Attribute) and function.attr == name
            ):
                yield node


def test_there_is_something_to_look_at() -> None:
    assert {"app.config", "community", "reputation.models"} <= set(modules())


def test_imports_go_down_only() -> None:
    def offences() -> Iterator[str]:
        for module in modules().values():
            here = floor(module.name)
            for item in module.imports:
                there = floor(item.target)
                if here is not None and there is not None and there > here:
                    yield f"{module.at(item.node)}: {module.name} is below {item.target} and may not know it"

    found(offences())


def test_no_import_goes_in_a_circle() -> None:
    graph = {
        module.name: {item.target for item in module.imports if item.target in modules() and item.target != module.name}
        for module in modules().values()
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail(" ← ".join(error.args[1]), pytrace=False)


def test_the_app_package_is_a_docstring() -> None:
    body = modules()["app"].tree.body
    assert len(body) == 1
    assert ast.get_docstring(modules()["app"].tree)


def test_inside_a_package_views_stand_on_verbs_and_verbs_on_models() -> None:
    def offences() -> Iterator[str]:
        for module in modules().values():
            here = layer(module.name)
            for item in module.imports:
                there = layer(item.target)
                if here is None or there is None or there <= here or package(item.target) != package(module.name):
                    continue
                if item.target == package(module.name):
                    continue  # the package itself, which is a docstring
                yield f"{module.at(item.node)}: {module.name} stands below {item.target}"

    found(offences())


def test_queries_do_not_write() -> None:
    def offences() -> Iterator[str]:
        for module in modules().values():
            if "queries" not in module.name.split("."):
                continue
            for name in ("transaction", "commit", "flush", "emit"):
                for call in calls(module, name):
                    yield f"{module.at(call)}: a query calls {name}()"

    found(offences())


def test_pure_modules_know_no_framework() -> None:
    """Neither by themselves nor through what they import."""

    def reached(name: str, seen: set[str]) -> Iterator[str]:
        for item in modules()[name].imports:
            if item.target in modules():
                if item.target not in seen:
                    seen.add(item.target)
                    yield from reached(item.target, seen)
            elif item.target.split(".")[0] not in sys.stdlib_module_names:
                yield f"{modules()[name].at(item.node)}: {item.target}"

    found(f"{name} reaches {outside}" for name in modules() if name.split(".")[-1] in PURE for outside in reached(name, {name}))


def test_only_views_know_the_request() -> None:
    found(
        f"{where} outside of views"
        for module in modules().values()
        if not module.in_views and module.name not in STANDS_BESIDE_THE_VIEWS
        for where in asks(module)
    )


@pytest.mark.parametrize("name", sorted(STANDS_BESIDE_THE_VIEWS))
def test_exceptions_are_needed(name: str) -> None:
    """A module that no longer asks leaves the list."""
    assert list(asks(modules()[name]))


def asks(module: Module) -> Iterator[str]:
    """Where a module takes hold of the request, the session cookie or the person signed in."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module in {"flask", "flask_login"}:
            for alias in node.names:
                if alias.name in OF_THE_REQUEST:
                    yield f"{module.at(node)}: {alias.name} of {node.module}"
        elif isinstance(node, ast.Attribute) and node.attr in OF_THE_REQUEST:
            if isinstance(node.value, ast.Name) and node.value.id in {"flask", "flask_login"}:
                yield f"{module.at(node)}: {node.value.id}.{node.attr}"


def test_imports_stand_at_the_top() -> None:
    def offences() -> Iterator[str]:
        for module in modules().values():
            for function in ast.walk(module.tree):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    for node in ast.walk(function):
                        if isinstance(node, ast.Import | ast.ImportFrom):
                            yield f"{module.at(node)}: import inside {function.name}()"

    found(offences())


def test_migrations_stand_alone() -> None:
    """A migration means the same in five years, so it imports nothing that changes with the product."""

    def offences() -> Iterator[str]:
        for module in modules().values():
            if not module.name.startswith("app.migrations.versions."):
                continue
            for item in module.imports:
                if item.target.split(".")[0] not in {"alembic", "sqlalchemy", *sys.stdlib_module_names}:
                    yield f"{module.at(item.node)}: a migration imports {item.target}"

    found(offences())


def test_only_app_clock_reads_the_wall_clock() -> None:
    def offences() -> Iterator[str]:
        for module in modules().values():
            if module.name in {"app.clock", *DATED_BY_OTHERS}:
                continue
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Attribute) and node.attr in WALL_CLOCK.get(_last_name(node.value), ()):
                    yield f"{module.at(node)}: {_last_name(node.value)}.{node.attr}"
                elif isinstance(node, ast.ImportFrom) and node.module == "time":
                    for alias in node.names:
                        if alias.name in WALL_CLOCK["time"]:
                            yield f"{module.at(node)}: from time import {alias.name}"
                elif isinstance(node, ast.ImportFrom) and node.module == "app.clock":
                    # A name of one's own would keep the real clock when a test puts another one in its place.
                    yield f"{module.at(node)}: say `from app import clock` and `clock.utcnow()`"

    found(offences())


def test_verbs_are_told_the_time() -> None:
    """Below the views nothing asks what time it is: `now` is an argument. Commands, workers and handlers ask, as views do."""

    def offences() -> Iterator[str]:
        for module in modules().values():
            if module.in_views or module.name in STANDS_BESIDE_THE_VIEWS or floor(module.name) == ROOF_FLOOR:
                continue
            if module.name.endswith(HANDLERS):
                continue
            for item in module.imports:
                if item.target == "app.clock":
                    yield f"{module.at(item.node)}: {module.name} asks the clock; take `now` instead"

    found(offences())


def test_relationships_say_what_they_load() -> None:
    def offences() -> Iterator[str]:
        for module in modules().values():
            for call in calls(module, "relationship"):
                lazy = [keyword.value for keyword in call.keywords if keyword.arg == "lazy"]
                if not (lazy and isinstance(lazy[0], ast.Constant) and lazy[0].value in {"raise", "write_only"}):
                    yield f'{module.at(call)}: a relationship without lazy="raise"'

    found(offences())


def test_text_columns_have_no_length() -> None:
    def offences() -> Iterator[str]:
        for module in modules().values():
            for name in ("String", "VARCHAR", "Unicode"):
                for call in calls(module, name):
                    if call.args or call.keywords:
                        yield f"{module.at(call)}: {name} with a length; a limit is validation, with a message"

    found(offences())


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""

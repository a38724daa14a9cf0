"""What the house promises about itself: settings and topics are written down, views are reachable, pages carry no script."""

import ast
import dataclasses
import importlib
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.config import Settings, environment, load
from tests.source import ROOT, Module, modules, templates
from tests.test_architecture import calls, found

MARKUP = {
    "app.rendering": "what nh3 wrote is safe, and this is where nh3 is",
}
"""Modules that may call something safe HTML, each with its reason."""

ENV_EXAMPLE = ROOT / ".env.example"
SETTING = re.compile(r"^#([A-Z][A-Z0-9_]*)=(.*)$", re.MULTILINE)

OPT_OUT = re.compile(r"#\s*(?:noqa|type:\s*ignore)")
REASONED = re.compile(
    r"# noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S+"
    r"|# type: ignore\[[a-z-]+(, ?[a-z-]+)*\]  # (noqa: [A-Z]+[0-9]+ - )?\S+"
)


# --- settings -----------------------------------------------------------------------------------------------------------


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    read = {
        node.value
        for node in ast.walk(modules()["app.config"].tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", node.value)
    } - {"UTC"}
    assert {name for name, _ in SETTING.findall(ENV_EXAMPLE.read_text())} == read


def test_the_example_says_the_defaults(tmp_path: Path) -> None:
    """Taking every `#` away changes nothing."""
    (tmp_path / ".env").write_text(SETTING.sub(r"\1=\2", ENV_EXAMPLE.read_text()))
    said = environment({"DATA_DIR": str(tmp_path / "var")}, tmp_path / ".env")
    assert load(said) == load({"DATA_DIR": str(tmp_path / "var")})
    assert len(said) == len(SETTING.findall(ENV_EXAMPLE.read_text()))


def test_every_setting_is_read_by_somebody() -> None:
    """A setting that nothing reads promises what nobody keeps."""
    read = {
        node.attr
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    assert [field.name for field in dataclasses.fields(Settings) if field.name not in read] == []


# --- messages -----------------------------------------------------------------------------------------------------------


def test_every_topic_has_its_line_in_jobs() -> None:
    """What is emitted is listed in `app/jobs.py`, and what is listed is emitted."""
    emitted: dict[str, str] = {}

    def offences() -> Iterator[str]:
        for module in modules().values():
            for call in calls(module, "emit"):
                topic = _topic(module, call)
                if topic is None:
                    yield f"{module.at(call)}: a topic is a plain text or a constant of its module"
                else:
                    emitted[topic] = module.at(call)

    found(offences())
    if "app.jobs" not in modules():
        return
    listed = set(importlib.import_module("app.jobs").AFTER_COMMIT)
    found(f"{where}: {topic!r} is not in AFTER_COMMIT" for topic, where in emitted.items() if topic not in listed)
    found(f"app/jobs.py lists {topic!r}, which nobody emits" for topic in listed - set(emitted))


def _topic(module: Module, call: ast.Call) -> str | None:
    given = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "topic")]
    if given and isinstance(given[0], ast.Name):
        value = getattr(importlib.import_module(module.name), given[0].id, None)
    else:
        value = given[0].value if given and isinstance(given[0], ast.Constant) else None
    return value if isinstance(value, str) else None


# --- pages --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_view_is_routed(app: Flask) -> None:
    """A decorated view whose blueprint nobody registered, and an undecorated function that nobody calls, are both dead."""
    routed = {(view.__module__, view.__name__) for view in app.view_functions.values()}
    source = {name: module.path.read_text() for name, module in modules().items()}

    def offences() -> Iterator[str]:
        for module in modules().values():
            if not module.in_views:
                continue
            for function in module.tree.body:
                if not isinstance(function, ast.FunctionDef):
                    continue
                if any(_is_route(decorator) for decorator in function.decorator_list):
                    if (module.name, function.name) not in routed:
                        yield f"{module.at(function)}: app.factory registers no blueprint with {function.name}"
                elif not function.decorator_list:
                    used = re.compile(rf"(?<!def )\b{function.name}\b")
                    if not any(used.search(text) for text in source.values()):
                        yield f"{module.at(function)}: {function.name} has no route and no caller"

    found(offences())


def _is_route(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in {"route", "get", "post", "put", "patch", "delete"}
    )


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(?<!['\"])\|\s*safe\b", "safe HTML comes as Markup from app.rendering; a page declares only its own words safe"),
        (r"autoescape\s+(false|off)", "escaping is never switched off"),
        (r"<script\b(?![^>]*\bsrc=)(?![^>]*application/ld\+json)", "the content security policy refuses inline scripts"),
        (r"<style\b", "the content security policy refuses inline styles"),
        (r"<[a-z][^>]*\sstyle\s*=", "the content security policy refuses inline styles"),
        (r"<[a-z][^>]*\son[a-z]+\s*=", "the content security policy refuses inline handlers"),
        (r"javascript:", "the content security policy refuses inline scripts"),
        (r"(src|href)\s*=\s*[\"']?https?://(?!schema\.org)", "pages load nothing from other sites and link there from data only"),
    ],
)
def test_templates_carry_nothing_inline(pattern: str, why: str) -> None:
    found(
        f"{path}:{text.count(chr(10), 0, hit.start()) + 1}: {hit.group()} ({why})"
        for path, text in templates()
        for hit in re.finditer(pattern, text, re.IGNORECASE)
    )


def test_markup_is_made_where_nh3_is() -> None:
    def offences() -> Iterator[str]:
        for module in modules().values():
            if not any(module.name == allowed or module.name.startswith(f"{allowed}.") for allowed in MARKUP):
                for call in calls(module, "Markup"):
                    yield f"{module.at(call)}: Markup() outside of {', '.join(MARKUP)}"

    found(offences())


# --- opt-outs -----------------------------------------------------------------------------------------------------------


def test_every_opt_out_has_a_code_and_a_reason() -> None:
    def offences() -> Iterator[str]:
        for path in _python_files():
            for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
                if token.type == tokenize.COMMENT and OPT_OUT.search(token.string) and not REASONED.search(token.string):
                    yield f"{path.relative_to(ROOT)}:{token.start[0]}: {token.string}"

    found(offences())


def test_tests_are_skipped_for_lack_of_servers_or_data_only() -> None:
    """`tests/conftest.py` is the one place that skips; everything else runs or fails."""

    def offences() -> Iterator[str]:
        for path in (ROOT / "tests").rglob("*.py"):
            if path.name == "conftest.py":
                continue
            module = Module(path.stem, path)
            for name in ("skip", "skipif", "xfail", "importorskip"):
                for call in calls(module, name):
                    yield f"{module.at(call)}: {name}()"

    found(offences())


def _python_files() -> Iterator[Path]:
    for folder in ("app", "reputation", "community", "search", "tests", "benchmarks"):
        yield from (ROOT / folder).rglob("*.py")

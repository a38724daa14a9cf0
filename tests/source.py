"""The product's source, parsed, for the tests that hold it to its conventions."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("app", "reputation", "community", "search")


@dataclass(frozen=True)
class Module:
    """One Python file of the product."""

    name: str
    """Dotted, as it is imported."""
    path: Path

    @functools.cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(), str(self.path))

    @functools.cached_property
    def imports(self) -> tuple["Import", ...]:
        return tuple(_imports(self))

    @property
    def in_views(self) -> bool:
        return "views" in self.name.split(".")

    def at(self, node: ast.AST) -> str:
        """Where a finding is, as an editor opens it."""
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


@dataclass(frozen=True)
class Import:
    """One imported thing: `target` is a module of ours where there is one, else what stands in the statement."""

    target: str
    node: ast.stmt


@functools.cache
def modules() -> dict[str, Module]:
    """Every module of the product by name, `wsgi` included; tests and benchmarks are not."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    paths += [path for path in [ROOT / "wsgi.py"] if path.exists()]
    return {name: Module(name, path) for path in paths if (name := _name(path))}


def templates() -> Iterator[tuple[Path, str]]:
    """Every template with its text."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield path.relative_to(ROOT), path.read_text()


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(module: Module) -> Iterator[Import]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield Import(full if full in modules() else base, node)


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.name.split(".")
    climb = node.level - (1 if module.path.name == "__init__.py" else 0)
    package = package[: len(package) - climb] if climb else package
    return ".".join([*package, *([node.module] if node.module else [])])

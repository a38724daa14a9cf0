"""From a TOML table to a frozen dataclass, refusing what the class does not name and values of another type."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

Made = TypeVar("Made")


class ContentError(ValueError):
    """The demo's content breaks one of its rules; the message names the place and the rule."""


def build(made: type[Made], table: Mapping[str, object], where: str) -> Made:
    """Make a `made` of `table`; ContentError, which begins with `where`, for an unknown or missing key or a wrong type."""
    named: dict[str, Field[Any]] = {field.name: field for field in fields(made)}  # type: ignore[arg-type]  # a dataclass
    if unknown := sorted(set(table) - set(named)):
        raise ContentError(f"{where}: unknown {', '.join(unknown)}")
    needed = {name for name, field in named.items() if field.default is MISSING}
    if missing := sorted(needed - set(table)):
        raise ContentError(f"{where}: {', '.join(missing)} missing")
    hints = get_type_hints(made)
    return made(**{name: _value(value, hints[name], f"{where}: {name}") for name, value in table.items()})


def _value(value: object, hint: Any, where: str) -> object:  # noqa: ANN401 - a type as `get_type_hints` gives it
    origin = get_origin(hint)
    if origin is UnionType:
        (hint,) = (kind for kind in get_args(hint) if kind is not NoneType)
        return _value(value, hint, where)
    if origin is Literal:
        if value not in get_args(hint):
            raise ContentError(f"{where} is {value!r}, not one of {', '.join(map(str, get_args(hint)))}")
        return value
    if origin is tuple:
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise ContentError(f"{where} is not a list of texts")
        return tuple(value)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is not hint:
        raise ContentError(f"{where} is {value!r}, not {hint.__name__}")
    return value

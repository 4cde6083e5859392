"""Fields of a configuration: brought to their declared types, and written as plain values."""

import collections.abc
import dataclasses
import functools
import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

#: What is said of a declared type, where its own name would not do.
WORDS = {int: "a whole number", float: "a number", bool: "True or False", str: "a text", types.NoneType: "None"}


def python(value: Any) -> Any:
    """A value without NumPy: its scalars as Python's, arrays, lists and ranges as tuples, within mappings as well."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple | range):
        return tuple(python(one) for one in value)
    if isinstance(value, Mapping):
        return {python(key): python(one) for key, one in value.items()}
    return value


def fits(value: Any, kind: Any) -> bool:
    """Whether a value without NumPy is of a declared type; a truth value is no number."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, one) for one in inner)
    if origin is typing.Annotated:
        return fits(value, inner[0])
    if origin is typing.Literal:
        return value in inner
    if origin in (tuple, list, collections.abc.Sequence):
        fixed = origin is tuple and inner[-1] is not Ellipsis
        kinds = inner if fixed else inner[:1] * len(value) if isinstance(value, tuple) else ()
        return isinstance(value, tuple) and len(value) == len(kinds) and all(map(fits, value, kinds))
    if origin in (dict, collections.abc.Mapping):
        return isinstance(value, Mapping) and all(
            fits(key, inner[0]) and fits(one, inner[1]) for key, one in value.items()
        )
    if kind is float:
        return type(value) in (int, float)
    if kind is int:
        return type(value) is int
    kind = origin or kind
    return kind is Any or not isinstance(kind, type) or isinstance(value, kind)


def floats(value: Any, kind: Any) -> Any:
    """A value that fits its declared type, with whole numbers as floats where floats are declared."""
    inner = typing.get_args(kind)
    if kind is float or (type(value) is int and float in inner and int not in inner):
        return float(value)
    if isinstance(value, tuple) and inner:
        kinds = inner if inner[-1] is not Ellipsis and len(inner) == len(value) else inner[:1] * len(value)
        return tuple(map(floats, value, kinds))
    if isinstance(value, Mapping) and len(inner) == 2:
        return {key: floats(one, inner[1]) for key, one in value.items()}
    return checked(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value


def declared(kind: Any) -> dict[str, Any]:
    """The declared types of a data class's fields; none where a name in them can't be resolved."""
    try:
        hints = typing.get_type_hints(kind, include_extras=True)
    except NameError:
        return {}
    return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.init}


def checked_values(record: Any) -> dict[str, Any]:
    """The values of a data class's fields as Python's own values of the declared types.

    Returns:
        Only those that are not so already, by name.

    Raises:
        ValueError: for a value of another type.
    """
    changes = {}
    for name, kind in declared(type(record)).items():
        old = getattr(record, name)
        value = python(old)
        if not fits(value, kind):
            raise ValueError(f"{name} = {old!r}; allowed: {WORDS.get(kind) or inspect.formatannotation(kind)}")
        value = floats(value, kind)
        if repr(value) != repr(old):
            changes[name] = value
    return changes


def checked(record: Any) -> Any:
    """A data class within a configuration, its fields checked and brought to their types.

    Raises:
        ValueError: for a value of another type.
    """
    changes = checked_values(record)
    return dataclasses.replace(record, **changes) if changes else record


def full_name(thing: Any) -> tuple[str, str]:
    """What a class or a function is called.

    Returns:
        (its module; its qualified name).
    """
    return getattr(thing, "__module__", None) or type(thing).__module__, getattr(thing, "__qualname__", thing.__name__)


def definitions(value: Any) -> Iterator[Any]:
    """Every class and function that a configuration's value names."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield type(value)
        value = [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, functools.partial):
        value = [value.func, value.args, value.keywords]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from definitions(one)
    elif callable(value):
        yield value


def plain(value: Any, name: str) -> Any:
    """A value as JSON has it; a class or function by its module and qualified name.

    Args:
        name: the field, for the message.

    Raises:
        ValueError: for a function without a name of its own, and for values of other kinds.
    """
    value = python(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return [plain(one, name) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one, name) for key, one in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: plain(getattr(value, field.name), name) for field in dataclasses.fields(value)}
        return {"class": type(value).__qualname__, **fields}
    if isinstance(value, functools.partial):
        return {"partial": plain(value.func, name), "values": plain([*value.args, value.keywords], name)}
    if isinstance(value, type | np.ufunc | types.FunctionType | types.BuiltinFunctionType):
        module, qualified = full_name(value)
        if "<" in qualified:
            raise ValueError(
                f"{name} = {value!r} has no name that a record's key could hold; allowed: a function at the top of a "
                "module, functools.partial of one, or a frozen data class with __call__"
            )
        return f"{module}:{qualified}"
    raise ValueError(
        f"{name} = {value!r}; allowed: numbers, texts, tuples, mappings, frozen data classes, functions of a module"
    )

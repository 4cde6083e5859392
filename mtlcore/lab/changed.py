"""A configuration with some values changed, by flat names: of its fields, or of the records that they hold."""

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from mtlcore.lab.experiment import Experiment


def fields(record: Any) -> dict[str, Any]:
    """The values of a record by the names of its fields."""
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def records(value: Any) -> list[Any]:
    """The records that a field's value is or holds by name; none for a plain value."""
    held = value.values() if isinstance(value, Mapping) else (value,)
    return [one for one in held if dataclasses.is_dataclass(one) and not isinstance(one, type)]


def flat(experiment: Experiment) -> dict[str, Any]:
    """Every value of a configuration by its name: its fields, and the fields of the records that these hold.

    Returns:
        Where several records have a field of one name, the value in the first.
    """
    values = fields(experiment)
    inner = [fields(record) for value in values.values() for record in records(value)]
    return functools.reduce(lambda known, more: more | known, inner, values)


def described(experiment: Experiment) -> str:
    """An experiment in a line: its class, and the values that are not those that it has by default."""
    try:
        usual = flat(type(experiment)())
    except TypeError:  # a field has no default
        usual = {}
    plain = {name: value for name, value in flat(experiment).items() if not records(value)}
    changed = (f"{name}={value!r}" for name, value in plain.items() if name not in usual or value != usual[name])
    return f"{type(experiment).__name__}({', '.join(changed)})"


def replaced(value: Any, changes: dict[str, Any]) -> Any:
    """A field's value with some names changed in the record, or the records by name, that it holds."""
    if isinstance(value, Mapping):
        return {key: replaced(one, changes) for key, one in value.items()}
    if not records(value):
        return value
    own = fields(value).keys() & changes.keys()
    return dataclasses.replace(value, **{name: changes[name] for name in own}) if own else value


#: What a field of a kind takes, in words.
KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "True or False"}


def like(name: str, new: Any, old: Any) -> Any:
    """A new value, if it is of the old one's kind; a single value stands for a tuple of one.

    Raises:
        ValueError: for another kind, in the value or in an element; for an empty tuple; for a record.
    """
    if isinstance(old, tuple) and old:
        elements = tuple(new) if isinstance(new, tuple | list) else (new,)
        if not elements:
            raise ValueError(f"{name} = (); allowed: at least one value, such as {old[0]!r}")
        return tuple(like(name, one, old[0]) for one in elements)
    if held := records(old):
        raise ValueError(f"{name} = {new!r}; allowed: the values in it by their names, {', '.join(fields(held[0]))}")
    kinds = (int, float) if isinstance(old, float) else (type(old),)
    if old is not None and (not isinstance(new, kinds) or isinstance(new, bool) != isinstance(old, bool)):
        raise ValueError(f"{name} = {new!r}; allowed: {KINDS.get(type(old), 'a value')} such as {old!r}")
    return new


def configured(experiment: Experiment, changes: Mapping[str, Any]) -> Experiment:
    """A configuration with some values changed; names that it does not have are left out.

    Args:
        changes: values by name: of a field of the experiment, or of the records that it holds, in all of them.

    Raises:
        ValueError: for a value of the wrong type or out of its range.
    """
    known = flat(experiment)
    own = {name: like(name, value, known[name]) for name, value in changes.items() if name in known}
    new = {name: own.get(name, replaced(value, own)) for name, value in fields(experiment).items()}
    return dataclasses.replace(experiment, **new)

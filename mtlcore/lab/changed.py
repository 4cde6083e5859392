"""A configuration with some values changed, by flat names: of its fields, or of the records that they hold."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from mtlcore.lab.experiment import Experiment


def fields(record: Any) -> dict[str, Any]:
    """The values of a record by the names of its fields."""
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def flat(experiment: Experiment) -> dict[str, Any]:
    """Every value of a configuration by its name: its fields, and the fields of the records that these hold.

    Returns:
        Where several records have a field of one name, the value in the first.
    """
    values = fields(experiment)
    for value in list(values.values()):
        for record in value.values() if isinstance(value, Mapping) else (value,):
            if dataclasses.is_dataclass(record):
                values = fields(record) | values
    return values


def replaced(value: Any, changes: dict[str, Any]) -> Any:
    """A field's value with some names changed in the record, or the records by name, that it holds."""
    if isinstance(value, Mapping):
        return {key: replaced(one, changes) for key, one in value.items()}
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    own = fields(value).keys() & changes.keys()
    return dataclasses.replace(value, **{name: changes[name] for name in own}) if own else value


def like(name: str, new: Any, old: Any) -> Any:
    """A new value, if it has the type of the old one; a single value stands for a tuple of one.

    Raises:
        ValueError: for another type, in the value or in an element; for an empty tuple.
    """
    if isinstance(old, tuple) and old:
        elements = tuple(new) if isinstance(new, tuple | list) else (new,)
        if not elements:
            raise ValueError(f"{name} = (); allowed: at least one value like {old[0]!r}")
        return tuple(like(name, one, old[0]) for one in elements)
    kinds = (int, float) if isinstance(old, float) else (type(old),)
    if not isinstance(new, kinds) or isinstance(new, bool) != isinstance(old, bool):
        raise ValueError(f"{name} = {new!r}; allowed: a value like {old!r}")
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

"""Which experiments a command is about: found by a name, changed by NAME=VALUE."""

import ast
import dataclasses
import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from mtlcore.lab import part
from mtlcore.lab.changed import configured, flat
from mtlcore.lab.experiment import Experiment
from mtlcore.lab.part import Part

__all__ = ["assignment", "chosen", "configured", "flat"]


def assignment(text: str) -> tuple[str, Any]:
    """Read NAME=VALUE; a value that is no Python literal is a text.

    Returns:
        (name, value).

    Raises:
        ValueError: without a name, an equals sign or a value.
    """
    name, _, value = text.partition("=")
    if not name or not value:
        raise ValueError(f"--set {text!r}; allowed: NAME=VALUE")
    return name, literal(value)


def literal(text: str) -> Any:
    """A value as it is typed: a Python literal, else the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def imported(home: str) -> ModuleType:
    """A module by its name, or by the path of its file, which may lie anywhere.

    Raises:
        ValueError: if there is none.
    """
    path = Path(home)
    is_file = path.suffix == ".py"
    if is_file and not path.is_file():
        raise ValueError(f"file {home!r} does not exist; allowed: FILE.py:CLASS or MODULE:CLASS")
    sys.path.insert(0, str(path.resolve().parent if is_file else Path.cwd()))  # a worker process gets this path too
    try:
        module = importlib.import_module(path.stem if is_file else home)
    except ModuleNotFoundError as error:
        if error.name != home:
            raise
        raise ValueError(f"module {home!r} is not found; allowed: a module or a file, as in FILE.py:CLASS") from None
    if is_file and Path(module.__file__ or "").resolve() != path.resolve():
        raise ValueError(f"file {home!r} has the name of another module; allowed: a name of its own")
    return module


def from_module(home: str, name: str) -> Experiment:
    """The experiment of a class in a module or a file, with the values that its fields have by default.

    Raises:
        ValueError: if there is no such class, or a field has no default.
    """
    module = imported(home)
    kind = getattr(module, name, None)
    if not (isinstance(kind, type) and issubclass(kind, Experiment)):
        classes = (one for one, value in vars(module).items() if isinstance(value, type) and value is not Experiment)
        own = [one for one in classes if issubclass(getattr(module, one), Experiment)]
        raise ValueError(f"{home} has no experiment {name!r}; allowed: {', '.join(own) or 'none is in it'}")
    missing = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING is field.default_factory
    ]
    if missing:
        raise ValueError(f"{name} has no default for {', '.join(missing)}; allowed: a default for each field")
    return kind()


def chosen(name: str) -> list[tuple[Part | None, Experiment]]:
    """Fresh experiments, each with the part that it belongs to, if it does.

    Args:
        name: a chapter, a part, "all", a class such as "TaskCount", "MODULE:CLASS" or "FILE.py:CLASS".

    Raises:
        ValueError: for an unknown name.
    """
    home, colon, kind = name.rpartition(":")
    if colon:
        return [(None, from_module(home, kind))]
    if name == "all" or name in part.names():
        parts = [part.load(one) for one in part.names() if name in ("all", one)]
        return [(one, experiment) for one in parts for experiment in one.experiments()]
    if name.isidentifier() and not name.islower():
        every = chosen("all")
        found = [(one, experiment) for one, experiment in every if type(experiment).__name__ == name]
        if not found:
            kinds = sorted({type(experiment).__name__ for _, experiment in every})
            raise ValueError(f"experiment {name!r} is unknown; allowed: {', '.join(kinds)}, or FILE.py:CLASS")
        return [*found]
    one = part.of_chapter(name)
    return [(one, experiment) for experiment in one.experiments(name)]

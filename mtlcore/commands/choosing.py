"""Which experiments a command is about: found by a name, changed by NAME=VALUE."""

import ast
import dataclasses
import importlib
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from mtlcore.lab import part, source
from mtlcore.lab.changed import configured, flat
from mtlcore.lab.experiment import Experiment
from mtlcore.lab.part import Part

#: On a page, a figure's name and the experiments behind it.
CARD = re.compile(r"^```\{figure-card\} (\S+)\n:data: (.+)$", re.M)


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


def figures() -> dict[str, tuple[str, list[tuple[Part | None, Experiment]]]]:
    """The figures of the pages, by their names: each with its page and the experiments behind it.

    Returns:
        Nothing where the package is installed without the pages.
    """
    found: dict[str, tuple[str, list[tuple[Part | None, Experiment]]]] = {}
    for page in sorted((source.PACKAGE.parent / "book").glob("*/*.md")):
        homes = part.of_page(f"{page.parent.name}/{page.stem}")
        for name, data in CARD.findall(page.read_text(encoding="utf-8")):
            found[name] = page.stem, [(part.home(one, homes)[0], one) for one in part.evaluate(data, homes)]
    return found


def chosen(name: str) -> list[tuple[Part | None, Experiment]]:
    """Fresh experiments, each with the part that it belongs to, if it does.

    Args:
        name: a chapter, a part, "all", a figure such as "fig-skew", a class such as "TaskCount", "MODULE:CLASS" or
            "FILE.py:CLASS".

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
        found = [(one, experiment) for one, experiment in chosen("all") if type(experiment).__name__ == name]
        if not found:
            raise ValueError(f"experiment {name!r} is unknown; allowed: one of `list experiments`, or FILE.py:CLASS")
        return found
    if name.startswith("fig"):
        known = figures()
        if name not in known:
            raise ValueError(f"figure {name!r} is unknown; allowed: {', '.join(known) or 'none without the pages'}")
        return known[name][1]
    one = part.of_chapter(name)
    return [(one, experiment) for experiment in one.experiments(name)]


def changes(settings: Sequence[str], trials: int | None = None) -> dict[str, Any]:
    """The values that `--trials` and `--set` give, by name.

    Raises:
        ValueError: for a text that is no NAME=VALUE, or a name that is given twice.
    """
    given = [assignment(text) for text in settings] + ([] if trials is None else [("trials", trials)])
    for name, times in Counter(name for name, _ in given).items():
        if times > 1:
            raise ValueError(f"{name} is given {times} times; allowed: once")
    return dict(given)


def selected(what: str, values: Mapping[str, Any]) -> list[tuple[Part | None, Experiment]]:
    """The experiments of a name, with some values changed in each that has them.

    Raises:
        ValueError: for a name that none of them has, or a bad value.
    """
    experiments = chosen(what)
    known = {name for _, experiment in experiments for name in flat(experiment)}
    for name in values:
        if name not in known:
            raise ValueError(f"--set {name}=...: {what} has no {name!r}; allowed: {', '.join(sorted(known))}")
    new = []
    for home, experiment in experiments:
        try:
            new.append((home, configured(experiment, values)))
        except ValueError as error:
            raise ValueError(f"{type(experiment).__name__}: {error}") from None
    return new

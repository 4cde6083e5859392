"""The command line: `python -m mtlcore run representation --device cuda --trials 40 --set eta=0.05`."""

import argparse
import ast
import dataclasses
import json
import sys
from collections.abc import Mapping
from typing import Any

from mtlcore.lab import ledger, part, store
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


def configured(experiment: Experiment, changes: dict[str, Any]) -> Experiment:
    """A configuration with some values changed; names that it does not have are left out.

    Args:
        changes: values by name: of a field of the experiment, or of the records that it holds, in all of them.

    Raises:
        ValueError: for a value of the wrong type or out of its range.
    """
    known, own = flat(experiment), {}
    for name, value in changes.items():
        if name not in known:
            continue
        old = known[name]
        own[name] = value = (value,) if isinstance(old, tuple) and not isinstance(value, tuple) else value
        kinds = (int, float) if isinstance(old, float) else (type(old),)
        if not isinstance(value, kinds):
            raise ValueError(f"{name} = {value!r}; allowed: a value like {old!r}")
    values = fields(experiment)
    new: dict[str, Any] = {name: own[name] if name in own else replaced(value, own) for name, value in values.items()}
    return dataclasses.replace(experiment, **new)


def assignment(text: str) -> tuple[str, object]:
    """Read NAME=VALUE; a value that is no Python literal is a text.

    Returns:
        (name, value).

    Raises:
        ValueError: without an equals sign.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text!r}; allowed: NAME=VALUE")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def chosen(name: str) -> list[tuple[part.Part, Experiment]]:
    """Fresh experiments, each with its part, of a chapter, of a part, or "all".

    Raises:
        ValueError: for an unknown name.
    """
    if name == "all" or name in part.names():
        parts = [part.load(one) for one in part.names() if name in ("all", one)]
        return [(one, experiment) for one in parts for experiment in one.experiments()]
    home = part.of_chapter(name)
    return [(home, experiment) for experiment in home.experiments(name)]


def run(arguments: argparse.Namespace) -> None:
    """Compute or read what a chapter needs, and print where it is and what it says.

    Raises:
        ValueError: for a bad value.
    """
    changes = dict(assignment(text) for text in arguments.set)
    changes |= {name: getattr(arguments, name) for name in ("trials", "device") if getattr(arguments, name) is not None}
    experiments = chosen(arguments.what)
    known = {name for _, experiment in experiments for name in flat(experiment)}
    for name in changes:
        if name not in known:
            raise ValueError(f"--set {name}=...: {arguments.what} has no {name!r}; allowed: {', '.join(sorted(known))}")
    for home, experiment in [(home, configured(experiment, changes)) for home, experiment in experiments]:
        ds = store.get(experiment)
        record = json.loads(ds.attrs["record"])
        print(f"{store.root() / store.key(experiment)}  ({record['seconds']:.1f} s on {record['hardware']['device']})")
        print(home.verdict(experiment, ds))


def claims(arguments: argparse.Namespace) -> None:
    """Check the claims and print their outcomes.

    Raises:
        ValueError: for a name that is neither a claim nor a part.
    """
    by_part = {name: part.load(name).claims for name in part.names()}
    known = [*by_part, *(claim.id for every in by_part.values() for claim in every)]
    for name in arguments.claim:
        if name not in known:
            raise ValueError(f"claim {name!r} is unknown; allowed: {', '.join(known)}")
    wanted = arguments.claim or by_part
    these = [claim for name, every in by_part.items() for claim in every if name in wanted or claim.id in wanted]
    print(ledger.summary(ledger.evaluate(these)))


def main(argv: list[str] | None = None) -> int:
    """The command line: 0, or 2 after one line that says what is wrong.

    Args:
        argv: by default the arguments of the process.
    """
    parser = argparse.ArgumentParser(prog="python -m mtlcore", description=__doc__.partition(":")[0] + ".")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("run", help="compute what a chapter needs, or read it from the store")
    command.add_argument("what", metavar="CHAPTER", help="a chapter such as representation, a part, or all")
    command.add_argument("--device", help="cpu, auto, cuda, ...; by default what MTLCORE_DEVICE names, else cpu")
    command.add_argument("--trials", type=int, help="number of trials")
    command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a value; repeatable")
    command.set_defaults(call=run)
    command = commands.add_parser("claims", help="check every claim of the book, or some, and print the outcomes")
    command.add_argument("claim", nargs="*", help="ids of claims, or parts; by default all")
    command.set_defaults(call=claims)
    arguments = parser.parse_args(argv)
    try:
        arguments.call(arguments)
    except (ValueError, OSError) as error:
        print(f"mtlcore: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mtlcore: interrupted; finished experiments are in the store", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The command line: `python -m mtlcore run fig2 --device cuda --trials 40 --set eta=0.05`."""

import argparse
import ast
import dataclasses
import json
import sys
from typing import Any

from mtlcore import claims, store
from mtlcore.experiments import Experiment, figure
from mtlcore.experiments.base import resolve_device
from mtlcore.pretrain import Hyper


def configured(experiment: Experiment, changes: dict[str, Any]) -> Experiment:
    """A configuration with some values changed.

    Args:
        experiment: the configuration.
        changes: values by name: a field of the experiment, or a hyper-parameter, which changes in every setting.

    Returns:
        The new configuration; names that this experiment does not have are left out.

    Raises:
        ValueError: for a value of the wrong type or out of its range.
    """
    fields = {field.name: getattr(experiment, field.name) for field in dataclasses.fields(experiment)}
    hyper = {name: value for name, value in changes.items() if name in vars(Hyper())}
    own = {name: value for name, value in changes.items() if name in fields}
    for name, value in (own | hyper).items():
        old = fields.get(name, 0.0)
        if isinstance(old, tuple) and not isinstance(value, tuple):
            value = own[name] = (value,)
        kinds = (int, float) if isinstance(old, float) else (type(old),)
        if not isinstance(value, kinds):
            raise ValueError(f"{name} = {value!r}; allowed: a value like {old!r}")
    if hyper and "settings" in fields:
        own["settings"] = {k: dataclasses.replace(v, **hyper) for k, v in fields["settings"].items()}
    return dataclasses.replace(experiment, **own)


def assignment(text: str) -> tuple[str, object]:
    """Read NAME=VALUE.

    Args:
        text: what stands behind --set.

    Returns:
        The name and the value, a Python literal (text where it is none).

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


def run(arguments: argparse.Namespace) -> None:
    """Compute or read what a figure needs, and print where it is and what it says.

    Args:
        arguments: the parsed command line.

    Raises:
        ValueError: for a bad value.
    """
    changes = dict(assignment(text) for text in arguments.set)
    if arguments.trials is not None:
        changes["trials"] = arguments.trials
    if arguments.device is not None:
        changes["device"] = resolve_device(arguments.device)
    experiments = figure(arguments.figure)
    known = {f.name for e in experiments for f in dataclasses.fields(e)} | set(vars(Hyper()))
    for name in changes:
        if name not in known:
            raise ValueError(
                f"--set {name}=...: {arguments.figure} has no {name!r}; allowed: {', '.join(sorted(known))}"
            )
    for experiment in [configured(experiment, changes) for experiment in experiments]:
        ds = store.get(experiment)
        record = json.loads(ds.attrs["record"])
        print(f"{store.root() / store.key(experiment)}  ({record['seconds']:.1f} s on {record['hardware']['device']})")
        print(claims.report(claims.findings(ds)))


def ledger(arguments: argparse.Namespace) -> None:
    """Check the claims and print their outcomes.

    Args:
        arguments: the parsed command line.

    Raises:
        ValueError: for an unknown claim.
    """
    print(claims.summary(*arguments.claim))


def main(argv: list[str] | None = None) -> int:
    """The command line.

    Args:
        argv: arguments; by default those of the process.

    Returns:
        0, or 2 after one line that says what is wrong.
    """
    parser = argparse.ArgumentParser(prog="python -m mtlcore", description=__doc__.partition(":")[0] + ".")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("run", help="compute what a figure needs, or read it from the store")
    command.add_argument("figure", help="fig1 ... fig5, steps, limits, or all")
    command.add_argument("--device", help="cpu, auto, cuda, ...; by default what MTLCORE_DEVICE names, else cpu")
    command.add_argument("--trials", type=int, help="number of trials")
    command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a value; repeatable")
    command.set_defaults(call=run)
    command = commands.add_parser("claims", help="check every claim of the book, or some, and print the outcomes")
    command.add_argument("claim", nargs="*", help="ids of claims; by default all")
    command.set_defaults(call=ledger)
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

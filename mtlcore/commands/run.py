"""`mtlcore run`: compute experiments, or read them from the store, and print what they say."""

import contextlib
import json
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mtlcore.commands.options import device, jobs

if TYPE_CHECKING:
    from mtlcore.lab.experiment import Experiment
    from mtlcore.lab.part import Part


def completed(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The parts and chapters that begin with a text, from the names of their folders."""
    folders = {path.parent for path in Path(__file__).parents[1].glob("*/contents.py")}
    folders |= {path.parent for path in Path(__file__).parents[1].glob("*/*/findings.py")}
    names = sorted(folder.name.replace("_", "-") for folder in folders)
    return [name for name in [*names, "all"] if name.startswith(incomplete)]


def foreseen(experiment: "Experiment") -> str:
    """Where an experiment's record is; else that it is to be computed, and how long that took at the last time."""
    from mtlcore.lab import store

    folder = store.where(experiment)
    if folder.exists():
        return f"in the store, {folder}"
    wanted, earlier = store.configuration(experiment) | {"trials": 0}, []
    for file in folder.parent.glob(f"{experiment.name}-*/record.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            record = json.loads(file.read_text(encoding="utf-8"))
            if record["configuration"] | {"trials": 0} == wanted:
                earlier.append((record["computed"], record["configuration"]["trials"], record["seconds"]))
    _, trials, seconds = max(earlier, default=("", 0, 0.0))
    return f"to compute; {trials} trials took {seconds:.1f} s" if trials else "to compute, for the first time here"


def outcome(home: "Part | None", experiment: "Experiment") -> str:
    """Compute an experiment, or read it.

    Returns:
        How long it took, on what, where its record is, and what it says, if a part has findings for it.
    """
    from mtlcore.lab import store

    ds = store.get(experiment)
    record = json.loads(ds.attrs["record"])
    where = f"{record['seconds']:.1f} s on {record['hardware']['device']}, {store.where(experiment)}"
    return where if home is None else f"{where}\n{home.verdict(experiment, ds)}"


@click.command("run")
@click.argument("what", shell_complete=completed)
@click.option("--trials", type=int, help="Number of trials.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Change a value; repeatable.")
@device
@jobs
@click.option("--dry-run", is_flag=True, help="Say which records exist, and which would be computed.")
@click.option("--traceback", "traced", is_flag=True, help="Show where in the code an experiment failed.")
def command(what: str, trials: int | None, settings: tuple[str, ...], dry_run: bool, traced: bool) -> int:
    """Compute experiments, or read them from the store, and print what they say.

    WHAT is a chapter such as representation, a figure such as fig-skew, a class such as TaskCount, an experiment of
    your own as FILE.py:CLASS or MODULE:CLASS, a part, or all. An experiment that fails does not stop the others.
    """
    from mtlcore.commands.choosing import changes, selected
    from mtlcore.lab.changed import described
    from mtlcore.lab.parallel import why

    failed = []
    for home, experiment in selected(what, changes(settings, trials)):
        try:
            said = foreseen(experiment) if dry_run else outcome(home, experiment)
        except Exception as error:  # whatever it is, the other experiments can be computed
            if traced:
                traceback.print_exc()
            failed.append(f"mtlcore: {described(experiment)}: {why(error)}")
        else:
            click.echo(f"{described(experiment)}: {said}")
    for line in failed:
        click.echo(line, err=True)
    return 2 if failed else 0

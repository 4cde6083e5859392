"""`mtlcore sweep`: an experiment over a grid of values, here or on a cluster."""

import functools
from pathlib import Path
from typing import Any

import click

from mtlcore.commands.options import device, jobs


def numbers(name: str, given: Any) -> tuple[Any, ...]:
    """The values of one name: START:STOP:COUNT, log:START:STOP:COUNT, a list with commas, a list, or one value.

    Raises:
        ValueError: for a range that is none.
    """
    from mtlcore.commands.choosing import literal
    from mtlcore.lab import sweep

    if not isinstance(given, str):
        return tuple(given) if isinstance(given, list | tuple) else (given,)
    if ":" not in given:
        return tuple(literal(one.strip()) for one in given.split(","))
    log, text = given.startswith("log:"), given.removeprefix("log:")
    try:
        start, stop, count = text.split(":")
        return tuple(sweep.values(float(start), float(stop), int(count), log))
    except ValueError as error:
        raise ValueError(f"{name} = {given!r} ({error}); allowed: START:STOP:COUNT or log:START:STOP:COUNT") from None


def specification(path: Path) -> dict[str, Any]:
    """A sweep in a file: experiment, and perhaps `set` and `grid`, each values by name.

    Raises:
        ValueError: for anything else.
    """
    import yaml

    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is no YAML: {' '.join(str(error).split())}") from None
    parts = {"experiment": str, "set": dict, "grid": dict}
    if not isinstance(read, dict) or "experiment" not in read or any(
        name not in parts or not isinstance(value, parts[name]) for name, value in read.items()
    ):  # fmt: skip
        raise ValueError(f"{path} holds no sweep; allowed: experiment, and by name the values of set and of grid")
    return {"set": {}, "grid": {}} | read


def share(text: str) -> tuple[int, int]:
    """Read K/N.

    Returns:
        (K, N).

    Raises:
        ValueError: for anything else.
    """
    k, _, of = text.partition("/")
    if not (k.isdecimal() and of.isdecimal() and 1 <= int(k) <= int(of)):
        raise ValueError(f"--part {text}; allowed: K/N with K from 1 to N")
    return int(k), int(of)


def opener(scheduler: str | None) -> Any:
    """What opens the workers: of the cluster of a scheduler, or of this machine."""
    from mtlcore.lab import sweep

    if scheduler is None:
        return sweep.local_pool
    from mtlcore.lab.cluster import cluster_pool

    return functools.partial(cluster_pool, scheduler)


def report(plan: Any, name: str) -> str:
    """What a sweep would do, in a line."""
    from mtlcore.lab.parallel import gigabytes

    time = "how long is unknown" if plan.seconds is None else f"about {plan.seconds:.0f} s one after another"
    memory = f"about {gigabytes(plan.memory)} of memory" if plan.memory else "how much memory is unknown"
    todo = f"{plan.missing} to compute" + (f": {time}, {memory}" if plan.missing else "")
    return f"{plan.present + plan.missing} records of {name}: {plan.present} in the store, {todo}"


@click.command("sweep")
@click.argument("what")
@click.option("--grid", multiple=True, metavar="NAME=VALUES", help="0.1:1:4, log:0.001:0.1:3 or 1,2,5; repeatable.")
@click.option("--trials", type=int, help="Number of trials.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Change a value; repeatable.")
@device
@jobs
@click.option("--scheduler", metavar="ADDRESS", help="Compute on the Dask cluster of this scheduler.")
@click.option("--part", metavar="K/N", help="Compute only this share of the combinations, and gather nothing.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write all results to a netCDF file.")
@click.option("--dry-run", is_flag=True, help="Say how many records exist, and what the others would take.")
def command(
    what: str,
    grid: tuple[str, ...],
    trials: int | None,
    settings: tuple[str, ...],
    output: Path | None,
    **how: Any,
) -> int:
    """Compute an experiment for each combination of some values, and gather the results.

    WHAT is a class such as TaskCount, FILE.py:CLASS, a chapter with one experiment, or a file .yaml with the names
    experiment, set and grid. What the store has is not computed again. A combination that fails stops no other.
    \f

    Raises:
        ValueError: for several experiments, no grid, or as in what reads these.
    """
    from mtlcore.commands.choosing import changes, selected
    from mtlcore.lab import store, sweep

    is_file = what.endswith((".yaml", ".yml"))
    given: dict[str, Any] = specification(Path(what)) if is_file else {"experiment": what, "set": {}, "grid": {}}
    found = [one for _, one in selected(given["experiment"], given["set"] | changes(settings, trials))]
    if len(kinds := sorted({type(one).__name__ for one in found})) > 1:
        raise ValueError(f"{given['experiment']} has several experiments; allowed: one of {', '.join(kinds)}")
    wanted = given["grid"] | {name: text for name, _, text in (one.partition("=") for one in grid)}
    values = {name: numbers(name, several) for name, several in wanted.items()}
    if not values or how["part"] and output:
        raise ValueError("sweep; allowed: a grid of at least one name; --output without --part")
    if how["dry_run"]:
        points = sweep.points(found[0], values).values()
        click.echo(report(sweep.plan([one for one in points if not isinstance(one, str)]), found[0].name))
        return 0
    failed = sweep.compute(found[0], values, opener(how["scheduler"]), share(how["part"] or "1/1"))
    if not how["part"]:
        ds = sweep.collect(found[0], values)
        if output is not None:
            ds.to_netcdf(output, engine="h5netcdf")
        names = dict.fromkeys(name for name in (*values, *ds.sizes) if name in ds.sizes)
        click.echo(f"{output or store.root()}: {', '.join(f'{name} {ds.sizes[name]}' for name in names)}")
    for line in failed:
        click.echo(f"failed: {line}", err=True)
    return int(bool(failed))

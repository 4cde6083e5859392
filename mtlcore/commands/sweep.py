"""`mtlcore sweep`: an experiment over a grid of values, here or on a cluster."""

import os
from pathlib import Path
from typing import Any

import click


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


def experiment_of(what: str, fixed: dict[str, Any]) -> Any:
    """The one experiment that a sweep varies, with its fixed values.

    Raises:
        ValueError: if there are several classes, or a name is unknown.
    """
    from mtlcore.commands.choosing import chosen
    from mtlcore.lab.changed import configured, flat

    found = {type(experiment).__name__: experiment for _, experiment in reversed(chosen(what))}
    if len(found) > 1:
        raise ValueError(f"{what} has several experiments; allowed: one of {', '.join(sorted(found))}")
    (experiment,) = found.values()
    for name in fixed:
        if name not in flat(experiment):
            raise ValueError(f"{what} has no {name!r}; allowed: {', '.join(sorted(flat(experiment)))}")
    return configured(experiment, fixed)


def share(text: str) -> tuple[int, int]:
    """Read K/N.

    Raises:
        ValueError: for anything else.
    """
    k, _, of = text.partition("/")
    if not (k.isdecimal() and of.isdecimal() and 1 <= int(k) <= int(of)):
        raise ValueError(f"--part {text}; allowed: K/N with K from 1 to N")
    return int(k), int(of)


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
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Change a value; repeatable.")
@click.option("--device", help="cpu, auto, cuda, ...; by default what MTLCORE_DEVICE names, else cpu.")
@click.option("--trials", type=int, help="Number of trials.")
@click.option("--jobs", help="Number of processes here; by default what MTLCORE_JOBS says, else one for each core.")
@click.option("--scheduler", metavar="ADDRESS", help="Compute on the Dask cluster of this scheduler.")
@click.option("--part", metavar="K/N", help="Compute only this part of the grid, and gather nothing.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write all results to a netCDF file.")
@click.option("--dry-run", is_flag=True, help="Only say what there is to do.")
@click.pass_context
def command(
    context: click.Context,
    what: str,
    grid: tuple[str, ...],
    settings: tuple[str, ...],
    device: str | None,
    trials: int | None,
    jobs: str | None,
    scheduler: str | None,
    part: str | None,
    output: Path | None,
    dry_run: bool,
) -> None:
    """Compute an experiment for each combination of some values, and gather the results.

    WHAT is a class such as TaskCount, a chapter of one experiment, FILE.py:CLASS, or a file .yaml with the names
    experiment, set and grid. What the store has is not computed again.
    """
    import functools

    from mtlcore.commands.choosing import assignment
    from mtlcore.lab import store, sweep
    from mtlcore.lab.experiment import Experiment

    os.environ |= {
        name: said for name, said in (("MTLCORE_DEVICE", device), ("MTLCORE_JOBS", jobs)) if said is not None
    }
    is_file = what.endswith((".yaml", ".yml"))
    wanted: dict[str, Any] = specification(Path(what)) if is_file else {"experiment": what, "set": {}, "grid": {}}
    fixed = wanted["set"] | dict(assignment(text) for text in settings)
    experiment = experiment_of(wanted["experiment"], fixed | ({"trials": trials} if trials is not None else {}))
    given = wanted["grid"] | {name: values for name, _, values in (text.partition("=") for text in grid)}
    values = {name: numbers(name, several) for name, several in given.items()}
    if not values or part and output:
        raise ValueError("a sweep; allowed: a grid of one name or more; --output without --part")
    if dry_run:
        each = [one for one in sweep.points(experiment, values).values() if isinstance(one, Experiment)]
        click.echo(report(sweep.plan(each), experiment.name))
        return
    pool = sweep.local_pool
    if scheduler is not None:
        from mtlcore.lab.cluster import cluster_pool

        pool = functools.partial(cluster_pool, scheduler)
    failed = sweep.compute(experiment, values, pool, share(part) if part else (1, 1))
    if not part:
        ds = sweep.collect(experiment, values)
        if output is not None:
            ds.to_netcdf(output, engine="h5netcdf")
        sizes = ", ".join(f"{name} {size}" for name, size in ds.sizes.items())
        click.echo(f"{output or 'in ' + str(store.root())}: {sizes}")
    for line in failed:
        click.echo(f"failed: {line}", err=True)
    if failed:
        context.exit(1)

"""`mtlcore run`: compute experiments, or read them from the store, and print what they say."""

import os

import click


@click.command("run")
@click.argument("what")
@click.option("--device", help="cpu, auto, cuda, ...; by default what MTLCORE_DEVICE names, else cpu.")
@click.option("--trials", type=int, help="Number of trials.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Change a value; repeatable.")
def command(what: str, device: str | None, trials: int | None, settings: tuple[str, ...]) -> None:
    """Compute what a chapter needs, or read it from the store.

    WHAT is a chapter such as representation, a class such as TaskCount, FILE.py:CLASS, a part, or all.
    """
    import json

    from mtlcore.commands.choosing import assignment, chosen, configured, flat
    from mtlcore.lab import store

    if device is not None:
        os.environ["MTLCORE_DEVICE"] = device
    changes = dict(assignment(text) for text in settings) | ({"trials": trials} if trials is not None else {})
    experiments = chosen(what)
    known = {name for _, experiment in experiments for name in flat(experiment)}
    for name in changes:
        if name not in known:
            raise ValueError(f"--set {name}=...: {what} has no {name!r}; allowed: {', '.join(sorted(known))}")
    for home, experiment in [(home, configured(experiment, changes)) for home, experiment in experiments]:
        ds = store.get(experiment)
        record = json.loads(ds.attrs["record"])
        print(f"{store.root() / store.key(experiment)}  ({record['seconds']:.1f} s on {record['hardware']['device']})")
        if home is not None:
            print(home.verdict(experiment, ds))

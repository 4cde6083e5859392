"""`mtlcore records`: list what the store holds, show one record, export it, remove what is stale."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsFloat

import click

if TYPE_CHECKING:
    import pandas as pd


def size(count: SupportsFloat) -> str:
    """A number of bytes in words."""
    from tqdm import tqdm

    return tqdm.format_sizeof(float(count), "B")


def age(computed: pd.Timestamp) -> str:
    """How long ago something was computed, in words."""
    import pandas as pd

    if pd.isna(computed):
        return "?"
    seconds = (pd.Timestamp.now("UTC") - computed).total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def found(name: str) -> pd.Series:
    """The record of a name: its key, the beginning of its key, or its experiment's name where it has one record only.

    Raises:
        ValueError: if there is none, or more than one.
    """
    from mtlcore.lab import store

    table = store.records()
    rows = table[[key == name for key in table.key]]
    rows = rows if len(rows) else table[[key.startswith(name) for key in table.key]]
    if len(set(rows.key)) != 1:
        among = ", ".join(sorted(set(rows.key if len(rows) else table.key))) or "no record is here"
        raise ValueError(f"record {name!r}: {len(rows)} have this name; allowed: {among}")
    return rows.iloc[0]


def selected(names: tuple[str, ...], stale: bool) -> list[pd.Series]:
    """The records of some names, or all stale ones of the writable store.

    Raises:
        ValueError: for names and stale ones at once, or neither; and as in `found`.
    """
    from mtlcore.lab import store

    if bool(names) == stale:
        raise ValueError("records remove; allowed: names, or --stale")
    table = store.records()
    rows = table[(table.state == "stale") & (table.folder.map(lambda folder: folder.parent) == store.root())]
    return [row for _, row in rows.iterrows()] if stale else [found(name) for name in names]


@click.group("records", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List the records: trials, age, size, whether the code still says the same."""
    from mtlcore.lab import store

    if context.invoked_subcommand is not None:
        return
    table = store.records()
    wide = max([len(key) for key in table.key], default=0)
    for row in table.itertuples():
        words = f"{row.state}: {row.why}" if row.why else row.state
        print(f"{row.key:{wide}}  {row.trials:>4} trials  {age(row.computed):>7}  {size(row.bytes):>8}  {words}")
    print(f"{len(table)} records take {size(table.bytes.sum())} in {' and '.join(map(str, store.stores()))}")
    if len(stale := table[table.state == "stale"]):
        print(f"{len(stale)} of them, {size(stale.bytes.sum())}, are stale; to remove these: records remove --stale")


@command.command()
@click.argument("name")
def show(name: str) -> None:
    """Show a record: its configuration, where and when it was computed, its variables; NAME may be cut short."""
    import json

    from mtlcore.lab import store

    row = found(name)
    print(row.folder)
    print(f"{row.state}: {row.why}" if row.why else row.state)
    if row.state != "unfinished":
        ds = store.read(row.folder)
        print(json.dumps(json.loads(ds.attrs["record"]), indent=2))
        ds.drop_attrs(deep=False).info()


@command.command()
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False))
def export(name: str, file: str) -> None:
    """Write a record's data to FILE: a long table (.csv, .parquet) or netCDF (.nc)."""
    from pathlib import Path

    from mtlcore.lab import record

    record.export(found(name).folder, Path(file))
    print(file)


@command.command()
@click.argument("names", nargs=-1)
@click.option("--stale", is_flag=True, help="All whose code, versions or format have changed.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def remove(names: tuple[str, ...], stale: bool, dry_run: bool) -> None:
    """Remove records by name, or all stale ones; never those of the base store."""
    from mtlcore.lab import store

    chosen = selected(names, stale)
    for row in chosen:
        print(row.key)
        if not dry_run:
            store.remove(row.folder)
    would = "would free" if dry_run else "removed; freed"
    print(f"{len(chosen)} records {would} {size(sum(row.bytes for row in chosen))}")

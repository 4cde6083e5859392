"""A result is computed once: a record on disk, keyed by the configuration and the numeric source.

A record is a folder `NAME-KEY/`. It is written aside and renamed, so a record is whole or absent; one that was damaged
later is noticed by its checksum, named, and computed again. Who computes a record holds its lock, and who else wants it
waits; reading takes no lock, so a read-only store serves what it has. Blocks of trials that were finished before an
interruption are kept, and those of a record that differs in its number of trials alone are taken from it.
"""

import contextlib
import datetime
import hashlib
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from mtlcore.lab import blocks, record, source, syntax, workers
from mtlcore.lab.disk import discard, explain_refusal, locked, reserved_space, root, stores
from mtlcore.lab.experiment import Experiment
from mtlcore.lab.parallel import affordable, compute
from mtlcore.lab.record import DamagedRecord, configuration, read

__all__ = ["DamagedRecord", "configuration", "get", "key", "read", "records", "remove", "root", "stores", "where"]


def key(experiment: Experiment) -> str:
    """The name of an experiment's record.

    Returns:
        "NAME-" and 16 hexadecimal digits of the SHA-256 of format, configuration, source and versions.

    Raises:
        ValueError: as in `record.parts`.
    """
    return f"{experiment.name}-{syntax.digest(json.dumps(record.parts(experiment), sort_keys=True))}"


def where(experiment: Experiment) -> Path:
    """The folder of an experiment's record: in the first store that has it, else where it would be written.

    Raises:
        ValueError: as in `record.parts`.
    """
    name = key(experiment)
    return next((folder / name for folder in stores() if (folder / name).is_dir()), root() / name)


def write(aside: Path, folder: Path, experiment: Experiment, ds: xr.Dataset, kept: dict[str, Any]) -> None:
    """Write a record, all of it or nothing.

    Args:
        aside: where to write until it is whole, from `reserved_space`.
        folder: the record's folder; it must not exist.
        ds: the data set with named axes.
        kept: the record, kept beside it; the data's SHA-256 is added.

    Raises:
        OSError: if the disk refuses.
    """
    ds = record.described(experiment, ds, kept)
    content = ds.to_netcdf(engine="h5netcdf")  # in memory: on a full disk the HDF5 library may crash
    kept = kept | {"sha256": hashlib.sha256(content).hexdigest()}
    with explain_refusal(folder):
        (aside / "reserved").unlink()
        (aside / "data.nc").write_bytes(content)
        (aside / "record.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
        aside.rename(folder)


#: The code that this process has computed with, by name.
_ran: dict[str, str] = {}


def computed(experiment: Experiment, folder: Path) -> tuple[xr.Dataset, dict[str, Any]]:
    """Compute what is not there yet of an experiment.

    Args:
        folder: its record's folder.

    Returns:
        Its data set with named axes, and the record of what ran where and for how long.

    Raises:
        ValueError: as in `source.check_loaded` and `parallel.affordable`.
    """
    affordable(experiment, 1)
    behind = source.sources(experiment)
    source.check_loaded(behind)
    if any(_ran.get(name, code) != code for name, code in behind.code.items()):
        workers.dismiss_all()
    _ran.update(behind.code)
    begun, started = record.begun(experiment), time.perf_counter()
    finished = blocks.shared(experiment) | blocks.kept(folder)
    ds = compute(experiment, finished, blocks.keeper(folder, begun) if len(experiment.blocks()) > 1 else None)
    source.sources(experiment)  # sees the modules that were loaded meanwhile
    seconds = time.perf_counter() - started + sum(block.attrs["seconds"] for block in finished.values())
    return ds, begun | {
        "hardware": begun["hardware"] | {"processor": ds.attrs["processor"]},
        "seconds": round(seconds, 2),
        "memory": int(ds.attrs["memory"]),
        "computed": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def get(experiment: Experiment) -> xr.Dataset:
    """The experiment's data set: read from a store, or computed and stored.

    Returns:
        The data set with named axes; `ds.attrs["record"]` is its record as a JSON string.

    Raises:
        OSError: if the record has to be computed and the store can't be written, before the computation if possible.
        ValueError: as in `record.parts` and `source.check_loaded`.
    """
    folder = root() / key(experiment)
    for store in stores():
        with contextlib.suppress(DamagedRecord):
            return read(store / folder.name)
    with locked(folder):
        if os.path.lexists(folder):
            try:
                return read(folder)  # somebody else computed it meanwhile
            except DamagedRecord as damage:
                print(f"damaged record, computing it again: {damage}", file=sys.stderr)
                discard(folder)
        with reserved_space(folder) as aside:
            write(aside, folder, experiment, *computed(experiment, folder))
        shutil.rmtree(blocks.unfinished(folder), ignore_errors=True)
    return read(folder)


def records() -> pd.DataFrame:
    """Every record of the stores, the unfinished ones too, the youngest first.

    Returns:
        A row for each: `key`, `name`, `trials`, `state` ("current", "stale", "unknown code", "unfinished", "damaged"),
        `why`, `seconds`, `bytes`, `computed` (time), `folder`.
    """
    names = ("[!.]*", ".unfinished-*")
    folders = [folder for store in stores() for name in names for folder in store.glob(name) if folder.is_dir()]
    columns = ["key", "name", "trials", "state", "why", "seconds", "bytes", "computed", "folder"]
    table = pd.DataFrame([record.summary(folder) for folder in folders], columns=columns)
    return table.sort_values("computed", ascending=False, ignore_index=True)


def remove(folder: Path) -> None:
    """Remove a record of the writable store, finished or not, once nobody computes it.

    Raises:
        OSError: if the system refuses.
        ValueError: for a record of the base store.
    """
    if folder.parent != root():
        raise ValueError(f"{folder} is in the base store; allowed: records in {root()}")
    with locked(folder.with_name(folder.name.removeprefix(".unfinished-"))):
        discard(folder)

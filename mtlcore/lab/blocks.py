"""Blocks of trials that need not be computed: those that an interrupted run finished, and those of another record."""

import contextlib
import dataclasses
import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import xarray as xr

from mtlcore.lab import record
from mtlcore.lab.disk import stores
from mtlcore.lab.experiment import Experiment


def unfinished(folder: Path) -> Path:
    """Where the finished blocks of a record lie until it is whole."""
    return folder.with_name(f".unfinished-{folder.name}")


def keeper(folder: Path, begun: dict[str, Any]) -> Callable[[int, xr.Dataset], None]:
    """Begin to keep blocks; where the disk refuses one, it is not kept.

    Args:
        folder: the record's folder.
        begun: the record as far as it is known before the computation.

    Returns:
        What keeps a block, given its index and its data set with a dimension "trial".
    """
    place, last = unfinished(folder), [time.perf_counter()]

    def keep(index: int, ds: xr.Dataset) -> None:
        now = time.perf_counter()
        content = ds.assign_attrs(seconds=now - last[0]).to_netcdf(engine="h5netcdf")
        last[0] = now
        with contextlib.suppress(OSError):
            if not place.exists():
                place.mkdir()
                (place / "record.json").write_text(json.dumps(begun, indent=2) + "\n", encoding="utf-8")
            new = place / "new"
            try:
                new.write_bytes(content)
                new.rename(place / f"{index}-{hashlib.sha256(content).hexdigest()}.nc")
            except OSError:
                new.unlink(missing_ok=True)

    return keep


def kept(folder: Path) -> dict[int, xr.Dataset]:
    """Read the blocks that were finished before an interruption; a damaged one is named and left out.

    Returns:
        By index, data sets with a dimension "trial".
    """
    blocks = {}
    for file in unfinished(folder).glob("*.nc"):
        index, _, checksum = file.stem.partition("-")
        content = file.read_bytes()
        if hashlib.sha256(content).hexdigest() == checksum:
            blocks[int(index)] = record.loaded(content)
        else:
            print(f"damaged block, computing it again: {file}", file=sys.stderr)
    return blocks


def shared(experiment: Experiment) -> dict[int, xr.Dataset]:
    """Read the blocks that records of the same experiment with other numbers of trials hold.

    Returns:
        By index, data sets with a dimension "trial".
    """
    mine, wanted = record.parts(experiment), {block: index for index, block in enumerate(experiment.blocks())}
    found: dict[int, xr.Dataset] = {}
    for folder in (folder for store in stores() for folder in store.glob(f"{experiment.name}-*")):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            theirs = json.loads((folder / "record.json").read_text(encoding="utf-8"))
            trials = theirs["configuration"]["trials"]
            alike = mine | {"configuration": mine["configuration"] | {"trials": trials}}
            both = wanted.keys() & dataclasses.replace(experiment, trials=trials).blocks()
            if not both or any(theirs[name] != alike[name] for name in alike):
                continue
            ds = record.read(folder).drop_attrs()
            for block in both:
                share = {"memory": theirs["memory"], "seconds": theirs["seconds"] * len(block) / trials}
                share |= {"processor": theirs["hardware"]["processor"]}
                found[wanted[block]] = ds.sel(trial=list(block)).assign_attrs(share)
    return found

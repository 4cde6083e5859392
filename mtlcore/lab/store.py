"""A result is computed once: a record on disk, keyed by the configuration and the numeric source.

A record is a folder `NAME-KEY/` with `data.nc` (the data set, netCDF) and `record.json` (configuration, source,
versions, hardware, wall time, and the SHA-256 of the data). It is written aside and renamed, so a record is whole or
absent; one that was damaged later is noticed by its checksum, named, and computed again. Who computes a record holds
its lock, and who else wants it waits; reading takes no lock, so a read-only store serves what it has.
"""

import contextlib
import dataclasses
import datetime
import hashlib
import io
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xarray as xr
from filelock import FileLock, Timeout
from tqdm import tqdm

from mtlcore.lab import machine, source
from mtlcore.lab.experiment import Experiment
from mtlcore.lab.parallel import compute

#: Raised when a record holds more than before, so that older ones are computed again.
FORMAT = 3
RESERVED = 2**24  # bytes that a writer takes before it computes, so that a full disk shows at once; a record has 2 MB


class DamagedRecord(Exception):
    """A record that is incomplete or does not match its checksum."""


def root() -> Path:
    """Folder of the records: MTLCORE_STORE, else `_store` in the checkout, else a folder in the user's cache."""
    if path := os.environ.get("MTLCORE_STORE"):
        return Path(path).expanduser()
    checkout = source.PACKAGE.parent
    if (checkout / "pyproject.toml").exists():
        return checkout / "_store"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mtlcore"


def configuration(experiment: Experiment) -> dict[str, Any]:
    """The configuration as plain JSON values: its fields, records in them as dictionaries, and the class's name."""
    plain = {"experiment": type(experiment).__name__, **dataclasses.asdict(experiment)}
    return json.loads(json.dumps(plain))


def key(experiment: Experiment) -> str:
    """The name of an experiment's record.

    Returns:
        "NAME-" and 16 hexadecimal digits of the SHA-256 of configuration, source and versions.

    Raises:
        ValueError: as in `source.sources`.
    """
    code, installed = source.sources(experiment)
    parts = [FORMAT, configuration(experiment), sorted(code.items()), source.versions(installed)]
    return f"{experiment.name}-{hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]}"


def read(folder: Path) -> xr.Dataset:
    """Read a record.

    Returns:
        The data set with named axes; its attributes hold the record under "record" (a JSON string).

    Raises:
        DamagedRecord: if a file is missing, or the data does not match the checksum.
    """
    try:
        record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        content = (folder / "data.nc").read_bytes()
    except (OSError, ValueError) as error:
        raise DamagedRecord(f"{folder}: {error}") from None
    if not isinstance(record, dict) or record.get("sha256") != hashlib.sha256(content).hexdigest():
        raise DamagedRecord(f"{folder}: the data does not match its checksum")
    with xr.open_dataset(io.BytesIO(content), engine="h5netcdf") as ds:  # the very bytes that were checked
        return ds.load().assign_attrs(record=json.dumps(record))


@contextlib.contextmanager
def explain_refusal(folder: Path) -> Iterator[None]:
    """Say in one line which store the system did not let us write, and what to do.

    Raises:
        OSError: with this line, if the disk refuses.
    """
    try:
        yield
    except OSError as error:
        raise OSError(
            f"{folder.name} can't be written to the store {folder.parent}: {error.strerror or error}; "
            "free space there or make it writable, or set MTLCORE_STORE to another folder"
        ) from None


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a record's lock; wait for who has it.

    Raises:
        OSError: if the store can't be written.
    """
    lock = FileLock(folder.parent / ".locks" / folder.name)
    with contextlib.ExitStack() as held:
        with explain_refusal(folder):
            Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            try:
                held.enter_context(lock.acquire(timeout=0))
            except Timeout:
                with tqdm(desc=f"{folder.name}: another process computes it", bar_format="{desc}, waiting {elapsed}"):
                    held.enter_context(lock.acquire())
        yield


@contextlib.contextmanager
def reserved_space(folder: Path) -> Iterator[Path]:
    """A place to write a record aside, with `RESERVED` bytes taken; what killed writers left is cleared away.

    The system drops a lock with its process, so a `.writing-` folder whose lock is free has no writer.

    Args:
        folder: the record's folder; its lock must be held.

    Yields:
        The place; it is gone afterwards.

    Raises:
        OSError: if the disk refuses.
    """
    aside = folder.with_name(f".writing-{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)
    for left in folder.parent.glob(".writing-*"):
        lock = FileLock(folder.parent / ".locks" / left.name.removeprefix(".writing-"))
        with contextlib.suppress(OSError), lock.acquire(timeout=0):
            shutil.rmtree(left)
    try:
        with explain_refusal(folder):
            aside.mkdir()
            (aside / "reserved").write_bytes(bytes(RESERVED))
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write(aside: Path, folder: Path, ds: xr.Dataset, record: dict[str, Any]) -> None:
    """Write a record, all of it or nothing.

    Args:
        aside: where to write until it is whole, from `reserved_space`.
        folder: the record's folder; it must not exist.
        ds: the data set with named axes.
        record: what to keep beside it; the data's SHA-256 is added.

    Raises:
        OSError: if the disk refuses.
    """
    content = ds.to_netcdf(engine="h5netcdf")  # in memory: on a full disk the HDF5 library may crash
    record = record | {"sha256": hashlib.sha256(content).hexdigest()}
    with explain_refusal(folder):
        (aside / "reserved").unlink()
        (aside / "data.nc").write_bytes(content)
        (aside / "record.json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        aside.rename(folder)


def get(experiment: Experiment) -> xr.Dataset:
    """The experiment's data set: read from the store, or computed and stored.

    Returns:
        The data set with named axes; `ds.attrs["record"]` is its record as a JSON string.

    Raises:
        OSError: if the record has to be computed and the store can't be written, before the computation if possible.
        ValueError: as in `source.sources`.
    """
    folder = root() / key(experiment)
    with contextlib.suppress(DamagedRecord):
        return read(folder)
    with locked(folder):
        if folder.exists():
            try:
                return read(folder)  # somebody else computed it meanwhile
            except DamagedRecord as damage:
                print(f"damaged record, computing it again: {damage}", file=sys.stderr)
                with explain_refusal(folder):
                    shutil.rmtree(folder)
        with reserved_space(folder) as aside:
            write(aside, folder, *computed(experiment))
    return read(folder)


def computed(experiment: Experiment) -> tuple[xr.Dataset, dict[str, Any]]:
    """Compute an experiment.

    Returns:
        Its data set with named axes, and the record of what ran where and for how long.
    """
    code, installed = source.sources(experiment)
    started = time.perf_counter()
    ds = compute(experiment)
    seconds = time.perf_counter() - started
    memory = ds.attrs.pop("memory")
    return ds, {
        "name": experiment.name,
        "configuration": configuration(experiment),
        "source": {name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in sorted(code.items())},
        "versions": source.versions(installed),
        "hardware": {
            "device": machine.device_name(experiment.device),
            "processor": machine.processor(),
            "cores": machine.cores(),
        },
        "seconds": round(seconds, 2),
        "memory": memory,
        "computed": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }

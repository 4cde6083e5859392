"""A result is computed once: a record on disk, keyed by the configuration and the numeric source.

A record is a folder `NAME-KEY/` with `data.nc` (the data set, netCDF) and `record.json` (configuration, seeds,
versions, hardware, wall time, and the SHA-256 of the data). It is written aside and renamed, so a record is whole or
absent; one that was damaged later is noticed by its checksum, named, and computed again. Who computes a record holds
its lock, and who else wants it waits; reading takes no lock, so a read-only store serves what it has.
"""

import ast
import contextlib
import dataclasses
import datetime
import hashlib
import io
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import torch
import xarray as xr
from filelock import FileLock, Timeout
from tqdm import tqdm

from mtlcore.lab.experiment import Experiment
from mtlcore.lab.parallel import compute, workers

PACKAGE = Path(__file__).parent.parent
#: Raised when a record holds more than before, so that older ones are computed again.
FORMAT = 2
ROOM = 2**24  # bytes that a writer takes before it computes, so that a full disk shows at once; a record has below 2 MB


class DamagedRecord(Exception):
    """A record that is incomplete or does not match its checksum."""


def root() -> Path:
    """Folder of the records.

    Returns:
        MTLCORE_STORE if set, else `_store` in the checkout that holds the package, else a folder in the user's cache.
    """
    if path := os.environ.get("MTLCORE_STORE"):
        return Path(path)
    if (PACKAGE.parent / "pyproject.toml").exists():
        return PACKAGE.parent / "_store"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mtlcore"


def bare_code(path: Path) -> ast.Module:
    """A module without what can't change a number: comments, docstrings and functions' annotations.

    Args:
        path: the module's file.

    Returns:
        Its syntax tree.
    """
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return tree


def module_file(name: str) -> Path | None:
    """The source file of one of the package's modules.

    Args:
        name: dotted name, such as "mtlcore.population" or "mtlcore.population.fourier".

    Returns:
        NAME.py, or NAME/__init__.py for a subpackage; None if the package has no such module below its root.
    """
    top, *parts = name.split(".")
    if top != "mtlcore" or not parts:
        return None
    path = PACKAGE.joinpath(*parts)
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()), None)


def numeric_source(experiment: Experiment) -> str:
    """What a record's numbers depend on besides the configuration, as one string.

    Args:
        experiment: the experiment.

    Returns:
        The bare code of the experiment's module and of all modules of the package behind it, and
        the versions of Python, NumPy, SciPy and torch.
    """
    code, todo = {}, [type(experiment).__module__]
    while todo:
        name = todo.pop()
        path = module_file(name)
        if path is None or path in code:
            continue
        tree = bare_code(path)
        code[path] = ast.unparse(tree)
        package = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                todo += [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                above = package[: len(package) - node.level + 1] if node.level else []
                base = ".".join([*above, *filter(None, [node.module])])
                todo += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    versions = [platform.python_version(), np.__version__, scipy.__version__, torch.__version__]
    return "\n".join(versions + [code[path] for path in sorted(code)])


def configuration(experiment: Experiment) -> dict[str, Any]:
    """The configuration as plain JSON values.

    Args:
        experiment: the experiment.

    Returns:
        Its fields, nested records as dictionaries, with the class's name.
    """
    plain = {"experiment": type(experiment).__name__, **dataclasses.asdict(experiment)}
    return json.loads(json.dumps(plain))


def key(experiment: Experiment) -> str:
    """The name of an experiment's record.

    Args:
        experiment: the experiment.

    Returns:
        "NAME-" and 16 hexadecimal digits of the SHA-256 of configuration and numeric source.
    """
    text = f"{FORMAT}\n" + json.dumps(configuration(experiment), sort_keys=True) + numeric_source(experiment)
    return f"{experiment.name}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def read(folder: Path) -> xr.Dataset:
    """Read a record.

    Args:
        folder: the record's folder.

    Returns:
        The data set with named axes; its attributes hold the record under "record" (a JSON string).

    Raises:
        DamagedRecord: if a file is missing, or the data does not match the checksum.
    """
    try:
        record = json.loads((folder / "record.json").read_text())
        content = (folder / "data.nc").read_bytes()
    except (OSError, ValueError) as error:
        raise DamagedRecord(f"{folder}: {error}") from None
    if not isinstance(record, dict) or record.get("sha256") != hashlib.sha256(content).hexdigest():
        raise DamagedRecord(f"{folder}: the data does not match its checksum")
    with xr.open_dataset(io.BytesIO(content), engine="h5netcdf") as ds:  # the very bytes that were checked
        return ds.load().assign_attrs(record=json.dumps(record))


@contextlib.contextmanager
def refusals(folder: Path) -> Iterator[None]:
    """Say in one line which store the system did not let us write, and what to do.

    Args:
        folder: the record's folder.

    Yields:
        Nothing.

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
def alone(folder: Path) -> Iterator[None]:
    """Hold a record's lock; wait for who has it.

    Args:
        folder: the record's folder.

    Yields:
        Nothing.

    Raises:
        OSError: if the store can't be written.
    """
    lock = FileLock(folder.parent / ".locks" / folder.name)
    with contextlib.ExitStack() as held:
        with refusals(folder):
            Path(lock.lock_file).parent.mkdir(parents=True, exist_ok=True)
            try:
                held.enter_context(lock.acquire(timeout=0))
            except Timeout:
                with tqdm(desc=f"{folder.name}: another process computes it", bar_format="{desc}, waiting {elapsed}"):
                    held.enter_context(lock.acquire())
        yield


@contextlib.contextmanager
def room(folder: Path) -> Iterator[Path]:
    """A place to write a record aside, with `ROOM` taken on the disk; what killed writers left is cleared away.

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
        with refusals(folder):
            aside.mkdir()
            (aside / "room").write_bytes(bytes(ROOM))
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write(aside: Path, folder: Path, ds: xr.Dataset, record: dict[str, Any]) -> None:
    """Write a record, all of it or nothing.

    Args:
        aside: where to write until it is whole, from `room`.
        folder: the record's folder; it must not exist.
        ds: the data set with named axes.
        record: what to keep beside it; the data's SHA-256 is added.

    Raises:
        OSError: if the disk refuses.
    """
    content = ds.to_netcdf(engine="h5netcdf")  # in memory: on a full disk the HDF5 library may crash
    record = record | {"sha256": hashlib.sha256(content).hexdigest()}
    with refusals(folder):
        (aside / "room").unlink()
        (aside / "data.nc").write_bytes(content)
        (aside / "record.json").write_text(json.dumps(record, indent=2) + "\n")
        aside.rename(folder)


def get(experiment: Experiment) -> xr.Dataset:
    """The experiment's data set: read from the store, or computed and stored.

    Args:
        experiment: the experiment.

    Returns:
        The data set with named axes; `ds.attrs["record"]` is its record as a JSON string.

    Raises:
        OSError: if the record has to be computed and the store can't be written, before the computation if possible.
    """
    folder = root() / key(experiment)
    with contextlib.suppress(DamagedRecord):
        return read(folder)
    with alone(folder):
        if folder.exists():
            try:
                return read(folder)  # somebody else computed it meanwhile
            except DamagedRecord as damage:
                print(f"damaged record, computing it again: {damage}", file=sys.stderr)
                with refusals(folder):
                    shutil.rmtree(folder)
        with room(folder) as aside:
            write(aside, folder, *computed(experiment))
    return read(folder)


def computed(experiment: Experiment) -> tuple[xr.Dataset, dict[str, Any]]:
    """Compute an experiment.

    Args:
        experiment: the experiment.

    Returns:
        Its data set with named axes, and the record of what ran where and for how long.
    """
    started = time.perf_counter()
    ds = compute(experiment)
    seconds = time.perf_counter() - started
    memory = ds.attrs.pop("memory")
    return ds, {
        "name": experiment.name,
        "configuration": configuration(experiment),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "torch": torch.__version__,
        },
        "hardware": {
            "device": torch.cuda.get_device_name(experiment.device)
            if experiment.device.startswith("cuda")
            else experiment.device,
            "processor": processor(),
            "cores": workers(),
        },
        "seconds": round(seconds, 2),
        "memory": memory,
        "computed": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def processor() -> str:
    """The processor's model, as far as the system tells.

    Returns:
        Its name, or that of the architecture.
    """
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()

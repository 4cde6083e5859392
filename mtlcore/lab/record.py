"""One record on disk: written, read, judged whether the code still says the same, and turned into other formats.

A record is a folder with `data.nc` (the data set as netCDF, with units, long names and where it comes from) and
`record.json` (what went into its key, hardware, wall time, and the SHA-256 of the data).
"""

import contextlib
import datetime
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from mtlcore.lab import fields, machine, source
from mtlcore.lab.experiment import Experiment

#: Raised when a record holds more than before, so that older ones are computed again.
FORMAT = 4


class DamagedRecord(ValueError):
    """A record that is incomplete or does not match its checksum."""


def configuration(experiment: Experiment) -> dict[str, Any]:
    """The configuration as plain JSON values: its fields, records in them as dictionaries, and the class's name.

    Raises:
        ValueError: for a value that JSON can't hold and a function without a name of its own.
    """
    values = {name: fields.plain(value, name) for name, value in vars(experiment).items()}
    return {"experiment": type(experiment).__name__, **values}


def parts(experiment: Experiment) -> dict[str, Any]:
    """What a record's key is made of: format, configuration, digests of the code, versions.

    Raises:
        ValueError: as in `configuration` and `source.sources`.
    """
    plain, behind = configuration(experiment), source.sources(experiment)
    return {
        "format": FORMAT,
        "configuration": plain,
        "source": dict(sorted(behind.code.items())),
        "versions": source.versions(behind.installed),
    }


def begun(experiment: Experiment) -> dict[str, Any]:
    """The record of a computation that begins now: what goes into its key, and what runs where."""
    kind, behind = type(experiment), parts(experiment)
    home = source.module_name(kind.__module__)
    return {
        "name": experiment.name,
        "module": home if home in behind["source"] else f"{home}.{kind.__qualname__}",  # typed in a cell
        **behind,
        "files": source.sources(experiment).files,
        "hardware": {
            "device": machine.device_name(experiment.device),
            "processor": machine.processor(),
            "cores": machine.cores(),
            "single precision": machine.precision(),
        },
        "computed": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def described(experiment: Experiment, ds: xr.Dataset, record: dict[str, Any]) -> xr.Dataset:
    """Add what netCDF can say: long names, units, the record as attributes.

    Returns:
        A data set with the same named axes.
    """
    words = {"trial": ("independent repetition", "1"), **experiment.words()}
    ds = ds.drop_encoding()
    for name, variable in ds.variables.items():
        if name in words:
            variable.attrs = dict(zip(("long_name", "units"), words[str(name)], strict=True))
    told = {key: value for key, value in record.items() if key != "files"}  # the file may leave this machine
    plain = {key: value if isinstance(value, str | int | float) else json.dumps(value) for key, value in told.items()}
    return ds.drop_attrs(deep=False).assign_attrs(Conventions="CF-1.11", title=record["name"], **plain)


def loaded(content: bytes) -> xr.Dataset:
    """Read a data set from the very bytes that were checked.

    Returns:
        With its named axes.
    """
    with xr.open_dataset(io.BytesIO(content), engine="h5netcdf") as ds:
        return ds.load()


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
    return loaded(content).drop_attrs(deep=False).assign_attrs(record=json.dumps(record))


def changes(record: dict[str, Any]) -> list[str]:
    """What differs between a record's key and what the code gives now, one phrase each; none if it still holds."""
    if record.get("format") != FORMAT:
        return [f"format {record.get('format', 'unknown')}, now {FORMAT}"]
    found = []
    for name, old in record["source"].items():
        now = source.digest_now(name, record["files"].get(name))
        if now != old:
            found.append(f"{name} {'changed' if now else 'is gone'}")
    for name, old in record["versions"].items():
        now = source.version_now(name)
        if now != old:
            found.append(f"{name} {old}, now {now or 'gone'}")
    return found


def judged(record: dict[str, Any]) -> tuple[str, str]:
    """Whether a record still holds.

    Returns:
        ("current", "stale", or "unknown code" where its class's module is gone; why).
    """
    module = record.get("module")
    if module and source.digest_now(module, record["files"].get(module)) is None:
        return "unknown code", f"{module} is gone"
    why = changes(record)
    return ("stale" if why else "current"), "; ".join(why)


def summary(folder: Path) -> dict[str, Any]:
    """A record in one row: its key, name, trials, state and why, seconds, bytes, when it was computed, and where it is.

    The data are not read; `read` notices what was damaged in them.
    """
    key = folder.name.removeprefix(".unfinished-")
    row: dict[str, Any] = {"key": key, "name": key.rpartition("-")[0], "trials": 0, "state": "damaged", "why": ""}
    row |= {"seconds": float("nan"), "computed": pd.NaT, "folder": folder}
    row["bytes"] = sum(file.stat().st_size for file in folder.glob("*") if file.is_file())
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        record = json.loads((folder / "record.json").read_text(encoding="utf-8"))
        row["trials"], row["seconds"] = record["configuration"]["trials"], record.get("seconds", float("nan"))
        row["computed"] = pd.Timestamp(record["computed"])
        row["state"], row["why"] = judged(record)
    if folder.name != key and folder.with_name(key).exists():
        row["state"], row["why"] = "stale", "its record is finished"
    elif folder.name != key and row["state"] == "current":
        row["state"], row["why"] = "unfinished", f"{len(list(folder.glob('*.nc')))} blocks are kept"
    return row


def tidy(ds: xr.Dataset) -> pd.DataFrame:
    """A data set as one long table: the variable's name, its coordinates (empty where it has none), its value."""
    frames = []
    for name, x in ds.data_vars.items():
        x = x.reset_coords(drop=True)
        frame = x.to_series().rename("value").reset_index() if x.ndim else pd.DataFrame({"value": [x.item()]})
        frames.append(frame.assign(value=frame["value"].astype(float), variable=name))
    dims = dict.fromkeys(column for frame in frames for column in frame.columns if column not in ("variable", "value"))
    return pd.concat(frames, ignore_index=True)[["variable", *dims, "value"]]


def export(folder: Path, file: Path) -> None:
    """Write a record's data as the file's ending says: a long table (.csv, .parquet), or netCDF (.nc).

    Raises:
        DamagedRecord: if the record is damaged.
        ValueError: for another ending, or without the package that writes Parquet.
    """
    ds = read(folder)
    if file.suffix == ".csv":
        tidy(ds).to_csv(file, index=False)
    elif file.suffix == ".parquet":
        try:
            tidy(ds).to_parquet(file, index=False)
        except ImportError:
            raise ValueError("Parquet needs the package pyarrow; allowed: .csv, .nc, or install pyarrow") from None
    elif file.suffix == ".nc":
        file.write_bytes((folder / "data.nc").read_bytes())
    else:
        raise ValueError(f"{file}: allowed: a file that ends in .csv, .parquet or .nc")

"""Labelled results that were computed one by one, put together."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import xarray as xr


def gather(parts: Mapping[Any, Any], dims: Mapping[str, Iterable[Any]]) -> Any:
    """Data sets, labelled arrays or numbers by the values of some dimensions, as one with these dimensions in front.

    Args:
        parts: one for each combination, by the tuple of its values in the order of `dims`; by the value itself where
            there is one dimension.
        dims: the values of each new dimension, outermost first.

    Returns:
        A data set or a labelled array with the dimensions and coordinates of `dims` before those of the parts.

    Raises:
        KeyError: if a combination has no part.
        ValueError: if the parts have different variables or coordinates.
    """
    (name, wanted), *inner = dims.items()
    values = list(wanted)
    if inner:
        rest = {value: {key[1:] if len(inner) > 1 else key[1]: part for key, part in parts.items() if key[0] == value}
                for value in values}  # fmt: skip
        pieces = [gather(rest[value], dict(inner)) for value in values]
    else:
        found = (parts[value] for value in values)
        pieces = [part if isinstance(part, xr.Dataset | xr.DataArray) else xr.DataArray(part) for part in found]
    if len({frozenset(piece) for piece in pieces if isinstance(piece, xr.Dataset)}) > 1:
        raise ValueError(f"the parts along {name} have different variables; allowed: the same in each")
    index = pd.Index(values, name=name)
    return xr.concat(pieces, index, data_vars="all", coords="minimal", compat="equals", join="exact")

"""A map whose cells can be asked: drawn in the reader's browser from runs that were computed before (_static/map)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from mtlcore.lab.sliders import carried

#: The parts of a figure that the script fills.
BODY = (
    '<div class="mtl-map-bar"></div><div class="mtl-map-panels"></div><p class="mtl-map-words" aria-live="polite"></p>'
)
CAPTION = (
    "Point at a cell, or move with the arrow keys; a click or Enter opens its values in the playground. Precomputed: "
    "the map looks up stored runs."
)


@dataclass(frozen=True, repr=False)
class Map:
    """A picture that a notebook shows as HTML.

    Attributes:
        data: what the script `map.js` draws, as JSON takes it.
    """

    data: Mapping[str, object]

    def _repr_html_(self) -> str:
        return (  # hidden until a script draws it
            f'<figure class="mtl-map" data-use="draw map" hidden>{BODY}<figcaption>{CAPTION}</figcaption>'
            f"{carried(self.data)}</figure>"
        )


def grid(
    curves: xr.Dataset,
    axes: Mapping[str, str],
    notes: xr.DataArray,
    lines: Mapping[str, Sequence[tuple[float, float]]],
    pins: Mapping[str, tuple[float, float]],
    link: str,
) -> Map:
    """A cell for each pair of values of two dimensions, both axes logarithmic; a cell shows its curves.

    Args:
        curves: positive values by both dimensions and "iteration"; the first colours the cells, each at its last
            iteration; others by what became of their first value. Where they are NaN, there is no cell.
        axes: what the reader sees of the two dimensions' names, the horizontal one first.
        notes: what else is to be said of each cell, by both dimensions.
        lines: boundaries by their labels, as points (horizontal, vertical).
        pins: places of their own by their labels.
        link: the address that a cell opens, with {NAME} for a dimension's value.
    """
    across, up = axes
    ordered = curves.transpose(up, across, "iteration")
    rows = {
        str(name): [None if np.isnan(y) else round(100 * float(np.log10(y))) for y in values.values.ravel()]
        for name, values in ordered.items()
    }
    data = {
        "axes": [{"name": name, "text": axes[name], "values": curves[name].values.tolist()} for name in axes],
        "iteration": curves.iteration.values.tolist(),
        "centilogs": rows,
        "notes": notes.transpose(up, across).values.ravel().tolist(),
        "lines": {label: [[float(f"{x:.4g}") for x in point] for point in points] for label, points in lines.items()},
        "pins": {label: list(place) for label, place in pins.items()},
        "link": link,
    }
    return Map(data)

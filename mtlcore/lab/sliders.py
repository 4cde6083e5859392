"""Pictures with a slider, drawn in the reader's browser from data that was computed before (book/_static/sliders)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr


@dataclass(frozen=True, repr=False)
class Slider:
    """A picture that a notebook shows as HTML.

    Attributes:
        caption: a sentence below the picture.
        data: what the script `sliders.js` draws, as JSON takes it.
    """

    caption: str
    data: Mapping[str, object]

    def _repr_html_(self) -> str:
        # hidden until a script draws it; "<" would end the script element
        data = json.dumps(self.data, separators=(",", ":")).replace("<", "\\u003c")
        return (
            '<figure class="mtl-slider" data-use="draw sliders" hidden><div class="mtl-slider-bar"></div>'
            f'<div class="mtl-slider-panels"></div><p class="mtl-slider-words"></p><figcaption>{self.caption} '
            f'Precomputed: the slider looks up stored runs.</figcaption><script type="application/json">{data}</script>'
            "</figure>"
        )


def curves(y: xr.DataArray, over: str, along: str, panels: str, caption: str) -> Slider:
    """One curve at a time in front of the others, a panel for each setting; the vertical axis is logarithmic.

    Args:
        y: positive values by `over`, `along` and `panels`.
        over: the dimension of the slider.
        along: the dimension of the horizontal axis.
        panels: the dimension of the panels.
        caption: a sentence below the picture.

    Returns:
        The picture.
    """
    y = y.transpose(panels, over, along)
    return Slider(
        caption,
        {
            "kind": "curves",
            "over": over,
            "values": y[over].values.tolist(),
            "along": along,
            "x": y[along].values.tolist(),
            "panels": [str(name) for name in y[panels].values],
            "rows": [[[float(f"{value:.3g}") for value in row] for row in panel] for panel in y.values],
        },
    )


def bars(y: xr.DataArray, over: str, names: str, low: float, caption: str) -> Slider:
    """A bar for each name, from `low` to 1.

    Args:
        y: shares by `over` and `names`.
        over: the dimension of the slider.
        names: the dimension of the bars.
        low: where the bars begin, such as the accuracy of guessing.
        caption: a sentence below the picture.

    Returns:
        The picture.
    """
    y = y.transpose(over, names)
    return Slider(
        caption,
        {
            "kind": "bars",
            "over": over,
            "values": y[over].values.tolist(),
            "names": [str(name) for name in y[names].values],
            "low": low,
            "panels": [str(y.name)],
            "rows": [np.round(y.values, 3).tolist()],
        },
    )


def matrices(A: xr.DataArray, over: str, panels: str, r: int, caption: str) -> Slider:
    """One matrix at a time, a panel for each law, its leading block framed.

    Args:
        A: matrices by `over`, `panels`, and two more dimensions.
        over: the dimension of the slider.
        panels: the dimension of the panels.
        r: size of the block.
        caption: a sentence below the picture.

    Returns:
        The picture; each matrix is divided by its largest entry.
    """
    A = A.transpose(panels, over, ...)
    scaled = A.values / abs(A.values).max((-2, -1), keepdims=True)
    return Slider(
        caption,
        {
            "kind": "matrices",
            "over": over,
            "values": A[over].values.tolist(),
            "r": r,
            "panels": [str(name) for name in A[panels].values],
            "rows": np.round(scaled, 2).reshape(*A.shape[:2], -1).tolist(),
        },
    )

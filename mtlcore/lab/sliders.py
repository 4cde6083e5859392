"""Pictures with a slider, drawn in the reader's browser from data that was computed before (book/_static/sliders)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr


def carried(data: Mapping[str, object]) -> str:
    """The element of a page that carries data for a script."""
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")  # "<" would end the element
    return f'<script type="application/json">{text}</script>'


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
        return (  # hidden until a script draws it
            '<figure class="mtl-slider" data-use="draw sliders" hidden><div class="mtl-slider-bar"></div>'
            f'<div class="mtl-slider-panels"></div><p class="mtl-slider-words"></p><figcaption>{self.caption} '
            f"Precomputed: the slider looks up stored runs.</figcaption>"
            f"{carried(self.data)}</figure>"
        )


def curves(y: xr.DataArray, over: str, along: str, panels: str, caption: str) -> Slider:
    """One curve at a time in front of the others, a panel for each setting; the vertical axis is logarithmic.

    Args:
        y: positive values by `over`, the dimension of the slider, `along`, that of the horizontal axis, and `panels`.
    """
    y = y.transpose(panels, over, along)
    rows = [[[float(f"{value:.3g}") for value in row] for row in panel] for panel in y.values]
    drawn = {"along": along, "x": y[along].values.tolist(), "panels": _names(y, panels), "rows": rows}
    return Slider(caption, _slider("curves", y, over) | drawn)


def bars(y: xr.DataArray, over: str, names: str, low: float, caption: str) -> Slider:
    """A bar for each name, from `low`, such as the accuracy of guessing, to 1.

    Args:
        y: shares by `over`, the dimension of the slider, and `names`, that of the bars.
    """
    y = y.transpose(over, names)
    rows = [np.round(y.values, 3).tolist()]
    drawn = {"names": _names(y, names), "low": low, "panels": [str(y.name)], "rows": rows}
    return Slider(caption, _slider("bars", y, over) | drawn)


def matrices(A: xr.DataArray, over: str, panels: str, r: int, caption: str) -> Slider:
    """One matrix at a time, divided by its largest entry, its leading block of r rows and columns framed.

    Args:
        A: matrices by `over`, the dimension of the slider, `panels`, and two more dimensions.
    """
    A = A.transpose(panels, over, ...)
    scaled = A.values / abs(A.values).max((-2, -1), keepdims=True)
    rows = np.round(scaled, 2).reshape(*A.shape[:2], -1).tolist()
    return Slider(caption, _slider("matrices", A, over) | {"r": r, "panels": _names(A, panels), "rows": rows})


def _slider(kind: str, y: xr.DataArray, over: str) -> dict[str, object]:
    """What every kind of picture needs: its name, and what the slider is called and can be set to."""
    return {"kind": kind, "over": over, "values": y[over].values.tolist()}


def _names(y: xr.DataArray, dimension: str) -> list[str]:
    """The coordinates of a dimension, as a reader sees them."""
    return [str(name) for name in y[dimension].values]

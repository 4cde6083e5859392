"""Pictures with a slider carry the data that they show."""

import json
import re

import numpy as np
import xarray as xr

from mtlcore.lab import sliders


def carried(slider):
    """What the script finds in the page."""
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', slider._repr_html_())[1])


def test_curves_are_those_of_the_data_whatever_the_order_of_its_dimensions():
    y = np.random.default_rng(0).uniform(0.01, 1, (5, 2, 3))
    axes = {"iteration": range(5), "setting": ["</script>", "b"], "T": [1, 4, 16]}
    data = carried(sliders.curves(xr.DataArray(y, axes), "T", "iteration", "setting", "caption"))
    assert data["values"] == [1, 4, 16] and data["x"] == list(range(5)) and data["panels"] == ["</script>", "b"]
    assert np.allclose(data["rows"], y.transpose(1, 2, 0), rtol=5e-3)


def test_matrices_are_divided_by_their_largest_entry():
    A = np.random.default_rng(0).normal(size=(2, 3, 4, 4))
    axes = {"law": ["a", "b"], "T": [1, 4, 16]}
    array = xr.DataArray(A, axes, ("law", "T", "row", "column"))
    data = carried(sliders.matrices(array, "T", "law", r=2, caption="caption"))
    rows = np.array(data["rows"])
    assert rows.shape == (2, 3, 16) and np.allclose(abs(rows).max(-1), 1)
    assert np.allclose(rows[1, 2].reshape(4, 4), A[1, 2] / abs(A[1, 2]).max(), atol=6e-3)


def test_bars_are_those_of_the_data():
    y = np.random.default_rng(0).uniform(0.5, 1, (2, 3))
    array = xr.DataArray(y, {"name": ["a", "b"], "N": [16, 64, 256]}, name="accuracy")
    data = carried(sliders.bars(array, "N", "name", low=0.5, caption="caption"))
    assert data["values"] == [16, 64, 256] and data["names"] == ["a", "b"] and data["panels"] == ["accuracy"]
    assert np.allclose(data["rows"], [y.T], atol=6e-4)

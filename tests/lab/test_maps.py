"""Maps that can be asked carry the data that they show."""

import json
import re

import numpy as np
import xarray as xr

from mtlcore.lab import maps


def made(y, **changes):
    """A map of these curves."""
    curves = xr.Dataset({"error": y})
    notes = xr.DataArray(np.arange(6).reshape(3, 2), dims=("up", "across"))
    given = {"notes": notes, "lines": {"edge": [(1.23456, 2.0)]}, "pins": {"ours": (1.0, 3.0)}, "link": "#{up}"}
    return maps.grid(curves, {"across": "A", "up": "U"}, **given | changes)


def carried(asked):
    """What the script finds in the page."""
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', asked._repr_html_())[1])


def test_cells_are_those_of_the_data_row_by_row_whatever_the_order_of_its_dimensions():
    values = np.random.default_rng(0).uniform(0.01, 1, (4, 2, 3))
    y = xr.DataArray(values, {"iteration": range(4), "across": [1, 2], "up": [1.0, 3.0, 9.0]})
    data = carried(made(y))
    assert [axis["name"] for axis in data["axes"]] == ["across", "up"] and data["axes"][1]["values"] == [1, 3, 9]
    assert np.allclose(data["centilogs"]["error"], 100 * np.log10(values.transpose(2, 1, 0).ravel()), atol=0.51)
    assert data["notes"] == list(range(6)) and data["lines"] == {"edge": [[1.235, 2]]} and data["link"] == "#{up}"


def test_what_is_missing_has_no_cell_and_nothing_ends_the_script():
    y = xr.DataArray(np.full((1, 2, 3), 0.1), {"iteration": [0], "across": [1, 2], "up": [1.0, 3.0, 9.0]})
    y[0, 1, 2] = np.nan
    data = carried(made(y, pins={"</script>": (1.0, 1.0)}))
    assert data["centilogs"]["error"] == [-100] * 5 + [None] and list(data["pins"]) == ["</script>"]

"""Labelled results put together: every part at its place, under its names, and none missing."""

import itertools
import random
import zlib

import numpy as np
import pytest
import xarray as xr

from mtlcore.lab.results import gather

DIMS = {"setting": ["stated", "robust"], "T": [8, 1, 4], "noise": [0.5, 0.25]}


def part(*key):
    """A data set that says whose it is."""
    number = zlib.crc32(str(key).encode())
    return xr.Dataset(
        {"x": (("trial", "iteration"), number + np.arange(6.0).reshape(2, 3)), "n": number},
        {"iteration": [0, 10, 20], "size": ("iteration", [1, 2, 3])},
    )


def parts(dims):
    """One for each combination, in another order."""
    keys = list(itertools.product(*dims.values()))
    random.Random(0).shuffle(keys)
    return {key if len(dims) > 1 else key[0]: part(*key) for key in keys}


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_each_part_of_nested_dimensions_is_at_its_place(depth):
    dims = dict(itertools.islice(DIMS.items(), depth))
    found = gather(parts(dims), dims)
    assert found.x.dims == (*dims, "trial", "iteration") and found.n.dims == tuple(dims)
    assert found.iteration.dims == found["size"].dims == ("iteration",) and "trial" not in found.coords
    for name, values in dims.items():
        assert found[name].values.tolist() == values
    for key in itertools.product(*dims.values()):
        one = found.sel(dict(zip(dims, key, strict=True))).drop_vars(list(dims))
        xr.testing.assert_identical(one, part(*key))


def test_arrays_and_numbers_become_an_array():
    arrays = {key: part(*key).x for key in itertools.product("ab", (1, 2, 3))}
    found = gather(arrays, {"law": "ab", "T": (3, 1, 2)})
    assert isinstance(found, xr.DataArray) and found.dims == ("law", "T", "trial", "iteration")
    xr.testing.assert_equal(found.sel(law="b", T=2).drop_vars(["law", "T"]), arrays["b", 2])
    numbers = gather({"p": 0.5, "q": 2}, {"part": ["q", "p"]})
    assert (
        numbers.dims == ("part",) and numbers.values.tolist() == [2, 0.5] and numbers.part.values.tolist() == ["q", "p"]
    )
    nested = gather({(i, j): 10 * i + j for i in range(3) for j in range(2)}, {"i": range(3), "j": range(2)})
    assert nested.values.tolist() == [[0, 1], [10, 11], [20, 21]] and nested.dtype.kind == "i"


def test_only_what_is_asked_for_is_put_together():
    found = gather(parts(DIMS), {"setting": ["robust"], "T": [1], "noise": [0.25, 0.5]})
    assert dict(found.sizes) == {"setting": 1, "T": 1, "noise": 2, "trial": 2, "iteration": 3}
    xr.testing.assert_equal(
        found.isel(setting=0, T=0).sel(noise=0.5, drop=True).drop_vars(["setting", "T"]), part("robust", 1, 0.5)
    )


@pytest.mark.parametrize("values", [["stated"], [False, True], [2, 1], [0.1, 1e-9], ["a", "|b| = 1", ""]])
def test_coordinates_keep_their_kind(values):
    found = gather({value: part(value) for value in values}, {"name": values})
    assert found.name.values.tolist() == values


def test_a_dictionary_names_the_values_by_its_keys():
    found = gather(parts({"T": DIMS["T"]}), {"T": dict.fromkeys(DIMS["T"], "whatever")})
    assert found["T"].values.tolist() == DIMS["T"]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_missing_part_is_an_error(depth):
    dims = dict(itertools.islice(DIMS.items(), depth))
    for key in parts(dims):
        found = parts(dims)
        del found[key]
        with pytest.raises(KeyError):
            gather(found, dims)


@pytest.mark.parametrize(
    "change",
    [
        lambda ds: ds.drop_vars("n"),
        lambda ds: ds.assign(y=1.0),
        lambda ds: ds.assign_coords(iteration=[0, 10, 30]),
        lambda ds: ds.isel(iteration=slice(2)),
        lambda ds: ds.isel(trial=slice(1)),
    ],
    ids=["no n", "one more", "other iterations", "fewer iterations", "fewer trials"],
)
@pytest.mark.parametrize("place", range(2))
def test_parts_that_do_not_fit_are_an_error(change, place):
    found = [part(k).drop_vars("size") for k in range(2)]
    found[place] = change(found[place])
    with pytest.raises(ValueError):
        gather(dict(enumerate(found)), {"k": range(2)})


def test_a_coordinate_that_the_parts_share_is_the_same_in_each():
    found = {0: part(0), 1: part(1).assign_coords(size=("iteration", [1, 2, 4]))}
    with pytest.raises(ValueError):
        gather(found, {"k": range(2)})


def test_a_data_set_beside_an_array_is_an_error():
    with pytest.raises(TypeError):
        gather({0: part(0), 1: part(1).x}, {"k": range(2)})

"""How many numbers an iteration draws, with all coordinates of the inputs and by the chain."""

from collections.abc import Sequence

import numpy as np
import xarray as xr


def drawn(d: Sequence[int], r: int, m: int, samples: int) -> xr.DataArray:
    """Numbers that one iteration draws, exactly.

    Args:
        d: input dimensions, each at least r + 2 m.
        samples: inputs per half-step, all tasks together.

    Returns:
        By way ("full simulation", "chain") and d.
    """
    full = 2 * samples * np.array(d)
    # fault: m * (m + 1) // 2 -> m * (m - 1) // 2
    # noticed by pretraining/test_any_dimension.py::test_an_iteration_draws_as_many_numbers_as_the_picture_says
    short = np.full(len(d), 2 * samples * (r + m) + m * (m + 1) // 2)
    coords = {"way": ["full simulation", "chain"], "d": list(d)}
    return xr.DataArray([full, short], coords, ("way", "d"))

"""What is measured in every cell of a map."""

import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.pretraining import metrics
from mtlcore.pretraining.network import State


def cell(state: State, M: Float[Tensor, "feature dim"]) -> xr.Dataset:
    """The error, and the root mean square length of the rows inside row(M) and outside.

    Returns:
        `error`, `inside` and `outside` by trial.
    """
    lengths = torch.stack(metrics.split_norms(state.W, M)).square().mean(-1).sqrt()
    found = torch.cat((metrics.subspace_error(state.W, M)[None], lengths)).cpu().numpy()
    return xr.Dataset(dict(zip(("error", "inside", "outside"), (("trial", x) for x in found), strict=True)))

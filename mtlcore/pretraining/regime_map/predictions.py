"""What theory says of a map's cells before any is run."""

import math

import numpy as np
import xarray as xr

from mtlcore.pretraining import tasks
from mtlcore.pretraining.theory import growth, regimes, sampled_step

#: What stands still at the neutral values of Lambda.
PARTS = ("outside", "inside", "aligned")


def over_decays(law: tasks.Law, eta: float, steps: int, d: int, lam_a: list[float], lam_w: list[float]) -> xr.Dataset:
    """The prediction for every cell of a map over both weight decays.

    Returns:
        `Lambda` and `ratio`, the predicted q/|p| after the last step, by (lam_a, lam_w); `neutral`, the values of
        Lambda at which a part stands still, by part.
    """
    single = float(law.probs[-1])
    empty = single * (regimes.neutral_products(law)[0] > 0)
    start = np.sqrt((d - law.r) / law.r)

    def ratio(a: float, w: float) -> float:
        rates = growth.rates(empty, single, eta, w, a)
        return float(start * (rates.q / rates.p) ** steps)

    found = {
        "Lambda": (("lam_a", "lam_w"), [[regimes.Lambda(law, w, a) for w in lam_w] for a in lam_a]),
        "ratio": (("lam_a", "lam_w"), [[ratio(a, w) for w in lam_w] for a in lam_a]),
    }
    return xr.Dataset(found).assign(neutral=neutral(law, law))


def neutral(law: tasks.Law, unit: tasks.Law) -> xr.DataArray:
    """The neutral values of a law, as values of another law's Lambda.

    Returns:
        By part.
    """
    values = [regimes.Lambda(unit, 1.0, product) for product in regimes.neutral_products(law)]
    return xr.DataArray(values, {"part": list(PARTS)}, "part")


def one_step_tangent(samples: xr.DataArray, d: int, law: tasks.Law) -> xr.DataArray:
    """Tangent of the error after one step, from samples of all tasks together, on tasks with balanced labels.

    Returns:
        By the dimensions of the samples.
    """
    worth = samples * sampled_step.needs(law).diversity / d
    return worth.copy(data=sampled_step.tangent(worth.values))


def averaged(one_step: xr.DataArray, rates: growth.Rates) -> xr.DataArray:
    """The tangent of the error while features grow over many steps, from that after one step with the same samples.

    The last step made (g_p - g_q)/g_p of what a feature has gained, the one before it a factor g_q/g_p less of what is
    left, and the noises of distinct steps add up as squares. Without the empty set in the law.

    Returns:
        one_step sqrt((g_p - g_q)/(g_p + g_q)), by the dimensions of one_step.

    Source: derived in chapter "A map of the weight decays"; a heuristic.
    """
    return one_step * np.sqrt((rates.p - rates.q) / (rates.p + rates.q))


def sine(tangent: xr.DataArray) -> xr.DataArray:
    """The sine of an angle with this tangent.

    Returns:
        By the dimensions of the tangent.
    """
    return tangent / np.sqrt(1 + tangent**2)


def all_drawn(T: int, r: int, single: float) -> float:
    """The probability that each of the r single-feature tasks is among T drawn ones."""
    return sum((-1) ** k * math.comb(r, k) * (1 - k * single) ** T for k in range(r + 1))

"""The maps as figures that can be asked: a cell shows its curves and opens the playground."""

from collections.abc import Mapping

import xarray as xr

from mtlcore.lab import maps
from mtlcore.pretraining import tasks
from mtlcore.pretraining.regime_map.boundaries import PINS, RULES, Line, decay_lines, middle, sample_lines
from mtlcore.pretraining.regime_map.decays import DecayMap
from mtlcore.pretraining.regime_map.samples import SampleMap
from mtlcore.pretraining.theory.regimes import regime

#: The playground at a cell: drawn tasks, so many that each feature's own is among them.
DECAYS = "playground.html#lam_w={lam_w}&lam_a={lam_a}&T=64&heads=task&r=%d&d=%d&law=%s"
SAMPLES = "playground.html#T={T}&samples={N}&heads=task&r=%d&d=%d&lam_w=%g&lam_a=%g&eta=%g"
#: What a cell shows along its iterations.
CURVES = ["error", "inside", "outside"]


def points(lines: Mapping[str, Line]) -> dict[str, list[tuple[float, float]]]:
    """The boundaries as lists."""
    return {label: [(float(x), float(y)) for x, y in line] for label, line in lines.items()}


def decays(ds: xr.Dataset, run: DecayMap) -> maps.Map:
    """The map of the weight decays, whose cells show their curves."""
    law = tasks.LAWS[run.law](run.r)

    def note(Lambda: float, a: float, w: float) -> str:
        return f"Λ = {Lambda:.2f}, {regime(law, w, a)}"

    return maps.grid(
        middle(ds[CURVES].isel(iteration=slice(None, None, 2))),
        {"lam_w": "λ_w", "lam_a": "λ_a"},
        xr.apply_ufunc(note, ds.Lambda, ds.lam_a, ds.lam_w, vectorize=True),
        points(decay_lines(ds)),
        PINS,
        DECAYS % (run.r, run.d, "empty" if run.law == "with the empty set" else "uniform"),
    )


def samples(ds: xr.Dataset, run: SampleMap, one_step: xr.DataArray) -> maps.Map:
    """The map of tasks and samples, whose cells show their curves."""
    h = run.hyper
    return maps.grid(
        middle(ds[CURVES].isel(iteration=slice(None, None, 2))),
        {"N": "N", "T": "T"},
        xr.apply_ufunc("predicted {:.2f}".format, ds.predicted, vectorize=True),
        points(sample_lines(ds, one_step)),
        RULES,
        SAMPLES % (run.r, run.d, h.lam_w, h.lam_a, h.eta),
    )

"""What the runs show about labels, inputs, tasks and second layers other than those of the theory."""

import torch
import xarray as xr

from mtlcore.lab.comparisons import Finding, below, slope, unchanged
from mtlcore.pretraining import metrics
from mtlcore.pretraining.robustness.inputs import tilt
from mtlcore.pretraining.theory.coordinates import LAWS
from mtlcore.pretraining.theory.products import taught

#: The error below which the subspace is found, above which it is missed, how close a run must be to its prediction,
#: and the iteration at which they are compared: later, hinges are inactive.
FOUND, MISSED, CLOSE, EARLY = 0.2, 0.9, 0.08, 200
#: The margin of one step's error, a fifth of it.
STEP = 0.03


def found(ds: xr.Dataset, names: tuple[str, ...]) -> list[Finding]:
    """Do these variations end below `FOUND`?"""
    last = ds.error.isel(iteration=-1)
    return [below(f"{name}: the error ends below {FOUND}", last.sel(variation=name), FOUND, "ours") for name in names]


def missed(ds: xr.Dataset, names: tuple[str, ...]) -> list[Finding]:
    """Do these variations end above `MISSED`?"""
    last = ds.error.isel(iteration=-1)
    return [below(f"{name}: the error ends above {MISSED}", MISSED, last.sel(variation=name), "ours") for name in names]


def follows(ds: xr.Dataset, names: tuple[str, ...]) -> list[Finding]:
    """Is the error of these variations that of the recursion at iteration `EARLY`?"""
    at = ds.sel(iteration=EARLY)
    text = f"{{}}: at iteration {EARLY} the error is within {CLOSE} of the recursion's"
    return [
        unchanged(text.format(name), at.predicted.sel(variation=name), at.error.sel(variation=name), CLOSE, "ours")
        for name in names
    ]


def label_noise(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `LabelNoise` says."""
    noisy = tuple(str(name) for name in ds.variation.values)
    inside = ds.row_norm * ds.energy**0.5
    first, last = (inside.sel(variation="0.3", iteration=at) for at in (0, int(ds.iteration[-1])))
    grow = below("0.3: the rows grow inside row(M)", first, last, "ours")
    first, last = (inside.sel(variation="0.4", iteration=at) for at in (0, int(ds.iteration[-1])))
    shrink = below("0.4, beyond the window: the rows shrink inside row(M)", last, first, "ours")
    return [*found(ds, noisy[:3]), *follows(ds, noisy[:4]), grow, shrink, *missed(ds, ("0.5",))]


def noisy_step(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `NoisyStep` says."""
    clean = ds.more.isel(flip=0)
    text = "labels turned with probability {}, 1 / (1 - 2 flip)^2 as many samples: the error of one step stays"
    out = [
        unchanged(text.format(flip), clean, ds.more.sel(flip=flip), STEP, "ours")
        for flip in ds.flip.values[1:].tolist()
    ]
    kept = 1 - 2 * ds.flip
    out.append(slope("same samples: the error grows like 1 / (1 - 2 flip)", kept, ds.same, -1.0))
    return [*out, below(f"fair coins: the error stays above {MISSED}", MISSED, ds.half, "ours")]


def floor(name: str, r: int, d: int) -> float:
    """The error that infinitely many samples leave when features are mixed with other coordinates by `tilt`."""
    Q, M = tilt(r, d), torch.eye(r, d, dtype=torch.float64)
    basis = torch.linalg.qr((taught(M @ Q, LAWS[name]) @ Q.T).T)[0].T
    return float(metrics.principal_sines(basis, M)[0])


def input_laws(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `InputLaws` says."""
    last = ds.error.isel(iteration=-1)
    gauss, sphere = (ds.error.sel(variation=name, iteration=EARLY) for name in ("Gaussian", "sphere"))
    text = f"sphere: at iteration {EARLY} the error is within {CLOSE} of that of Gaussian inputs"
    same = unchanged(text, gauss, sphere, CLOSE, "ours")
    names = ("uniform", "Laplace", "two bumps", "skewed, mean zero", "Laplace, spread")
    text, skewed = f"skewed, median zero: the error ends above {FOUND}", last.sel(variation="skewed, median zero")
    missed_mean = below(text, FOUND, skewed, "ours")
    tilted = last.sel(variation="two bumps, tilted")
    text, bent = f"two bumps, tilted: the error ends within {CLOSE} of the predicted floor", floor("two bumps", 3, 24)
    return [same, *found(ds, names), missed_mean, unchanged(text, xr.full_like(tilted, bent), tilted, CLOSE, "ours")]


def boolean_tasks(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `BooleanTasks` says."""
    at = ds.error.sel(iteration=EARLY)
    parities, balanced = (at.sel(variation=name) for name in ("parities", "balanced functions"))
    text = f"balanced functions: at iteration {EARLY} the error is within {CLOSE} of that of the parities"
    good = ("parities", "all functions", "balanced functions", "majorities with signs", "ANDs")
    last = ds.error.isel(iteration=-1).sel(variation="ANDs with signs")
    slow = below(
        f"ANDs with signs: the error ends above {FOUND}, with a law that is mostly constant", FOUND, last, "ours"
    )
    return [
        *found(ds, good),
        *missed(ds, ("one majority", "a feature left out")),
        slow,
        unchanged(text, parities, balanced, CLOSE, "ours"),
        *follows(ds, (*good, "one majority", "a feature left out")),
    ]


#: The accuracy above which a parity is told from a coin.
ABOVE = 0.55


def second_layer(ds: xr.Dataset) -> list[Finding]:
    """What the data set of `SecondLayer` says."""
    three, out = ds.accuracy.sel(parity=ds["size"] == 3).mean("parity"), []
    for m_hat in ds.m_hat.values.tolist():
        fresh, second = (
            three.sel(layer="learned", reading=name, m_hat=m_hat) for name in ("fresh biases", "second layer")
        )
        text = f"{m_hat} neurons, parity of three: a second layer on learned rows does better than fresh biases"
        out.append(below(text, fresh, second, "ours"))
    most = three.sel(m_hat=int(ds.m_hat[-1]))
    for reading in ds.reading.values.tolist():
        above = below(
            f"{reading}: learned rows tell the parity of three",
            ABOVE,
            most.sel(layer="learned", reading=reading),
            "ours",
        )
        out += [
            above,
            below(f"{reading}: random rows do not", most.sel(layer="random", reading=reading), ABOVE, "ours"),
        ]
    return out

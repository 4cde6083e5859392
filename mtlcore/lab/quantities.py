"""Numbers that matter, each with a name, a tolerance and its reason; and the check against a stored value.

A chapter declares a number where it computes it. The page can quote it by its name, and the tests compare it with the
reference. What may move a number decides its tolerance: nothing at all, a rounding, or chance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from mtlcore.lab.comparisons import standard_error

#: How two values of one quantity are compared.
KINDS = ("exact", "same machine", "across machines", "statistical", "ordering", "curve shape")
#: Media types of a declared number in a notebook: what the prose quotes, and the whole declaration. Both are hidden.
PREFIX = "application/papermill.record/"
QUOTED, DECLARED = PREFIX + "text/plain", PREFIX + "application/vnd.mtlcore.quantity+json"
#: Points that are kept of a curve.
POINTS = 24


@dataclass(frozen=True)
class Tolerance:
    """How far a quantity may be from its reference.

    Attributes:
        kind: one of `KINDS`.
        amount: the allowed distance, >= 0. "exact": none. "same machine", "across machines": relative to the reference.
            "statistical": in standard errors of the reference. "ordering": values that the reference separates by
            more than this many standard errors keep their order. "curve shape": relative to the curve's range, or one
            standard error where that is more.
        reason: what may move the number so far, and no further.
        floor: absolute distance that is always allowed: below it the number is rounding.
        elsewhere: for "same machine": the relative distance that is allowed on any other machine.

    Raises:
        ValueError: for an unknown kind, no reason, or a negative amount.
    """

    kind: str
    amount: float
    reason: str
    floor: float = 0.0
    elsewhere: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what can't be compared."""
        if self.kind not in KINDS:
            raise ValueError(f"tolerance kind {self.kind!r}; allowed: {', '.join(KINDS)}")
        if not self.reason.strip():
            raise ValueError("tolerance without a reason; allowed: a sentence that says what may move the number")
        if min(self.amount, self.floor, self.elsewhere) < 0:
            raise ValueError(f"tolerance {self}; allowed: amounts that are not negative")


EXACT = Tolerance("exact", 0, "a count, a word or a choice: no rounding reaches it")
THEORY = Tolerance("across machines", 1e-8, "float64 sums in another order", floor=1e-12)
SINGLE = Tolerance(
    "across machines",
    5e-3,
    "float32 runs: a rounding may take a sample over a kink (measured with plain kernels: 1.8e-3)",
    floor=1e-6,
)
CHANCE = Tolerance(
    "statistical", 1.0, "same draws everywhere: only trials near a threshold can tip, and chance itself moves more"
)
ORDER = Tolerance("ordering", 3.0, "values closer than three standard errors have no order")
SHAPE = Tolerance("curve shape", 0.05, "the mean of some trials that a rounding can tip moves by a trial's share")


@dataclass(frozen=True)
class Quantity:
    """A named number, or a short row of them.

    Attributes:
        name: experiment, variable and place, such as "fig1.error[robust,T=16]".
        value: a number or a word; for an ordering or a curve, and where wanted, a list of numbers.
        error: standard errors of the numbers over trials, in the value's form; zero where there are no trials.
        tolerance: how far it may be from its reference.
    """

    name: str
    value: Any
    error: Any
    tolerance: Tolerance

    def record(self) -> dict[str, Any]:
        """Name, value, error and the tolerance's fields, as plain JSON values."""
        return {"name": self.name, "value": self.value, "error": self.error, **vars(self.tolerance)}


def measure(name: str, x: Any, tolerance: Tolerance) -> Quantity:
    """Make a quantity of an array, a number or a word.

    Args:
        x: a word, a number, or an array of at most one dimension besides "trial"; the mean over "trial" is taken.

    Returns:
        The quantity; curves of more than `POINTS` points are thinned evenly, both ends kept.

    Raises:
        ValueError: for more dimensions, a value that is not finite, an ordering or a curve of fewer than two values, or
            a statistical tolerance without trials.
    """
    if isinstance(x, str):
        return Quantity(name, x, 0.0, tolerance)
    array = x if isinstance(x, xr.DataArray) else xr.DataArray(np.asarray(x))
    trials = array.sizes.get("trial", 1) > 1
    value = array.mean("trial") if "trial" in array.dims else array
    error = standard_error(array) if trials else xr.zeros_like(value, dtype=float)
    if value.ndim > 1 or not np.isfinite(value).all():
        what = f"dimensions {value.dims}" if value.ndim > 1 else "a value that is not finite"
        raise ValueError(f"{name}: {what}; allowed: finite values, at most one dimension besides 'trial'")
    if tolerance.kind in ("ordering", "curve shape") and value.size < 2:
        raise ValueError(f"{name}: {value.size} value; allowed for kind {tolerance.kind!r}: two or more")
    if tolerance.kind == "statistical" and not trials:
        raise ValueError(f"{name}: no standard error; allowed for kind 'statistical': an array over two trials or more")
    if tolerance.kind == "curve shape" and value.size > POINTS:
        keep = np.linspace(0, value.size - 1, POINTS).round().astype(int)
        value, error = value[keep], error[keep]
    return Quantity(name, value.values.tolist(), error.values.tolist(), tolerance)


def declare(name: str, x: Any, tolerance: Tolerance) -> None:
    """Declare what `measure` takes as a number of the chapter: prose quotes its name, tests compare it.

    Raises:
        ValueError: as in `measure`.
    """
    from IPython.display import display  # here, so that who only compares numbers need not wait for it

    quantity = measure(name, x, tolerance)
    data = {QUOTED: repr(quantity.value), DECLARED: quantity.record()}
    metadata = {"scrapbook": {"name": name, "mime_prefix": PREFIX}}
    display(data, raw=True, metadata=metadata)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Verdict:
    """A quantity beside its reference.

    Attributes:
        name: the quantity's name, with its place in a row.
        moved: how far it is from the reference, in tolerances; above 1 is too far, infinite is another thing.
        expected: the reference, as text.
        got: the new value, as text.
        allowed: the tolerance with its kind and reason, as text.
    """

    name: str
    moved: float
    expected: str
    got: str
    allowed: str

    @property
    def passed(self) -> bool:
        """Whether the quantity is as close as it must be."""
        return self.moved <= 1

    def __str__(self) -> str:
        """One line: name, expected, got, allowed."""
        return f"{self.name}: expected {self.expected}, got {self.got}, allowed {self.allowed}"


def check(got: dict[str, Any], reference: dict[str, Any], same_machine: bool) -> Verdict:
    """Compare a declared quantity with its stored reference.

    Args:
        got: the `Quantity.record` of the new value.
        reference: the stored "value" and "error".
        same_machine: whether the reference was written on this machine with these versions.

    Returns:
        The verdict, with the worst place of a row.
    """
    kind, amount, reason = got["kind"], got["amount"], got["reason"]
    if kind == "same machine" and not same_machine:
        amount = got["elsewhere"]

    def verdict(moved: float, place: str, expected: Any, value: Any, allowed: str) -> Verdict:
        return Verdict(got["name"] + place, moved, _text(expected), _text(value), f"{allowed} ({kind}: {reason})")

    new, old = got["value"], reference["value"]
    if kind == "exact" or isinstance(new, str) or isinstance(old, str) or np.shape(new) != np.shape(old):
        return verdict(0.0 if new == old else math.inf, "", old, new, "the same")
    a, b = (np.atleast_1d(np.asarray(x, dtype=float)) for x in (new, old))
    error = np.atleast_1d(np.asarray(reference["error"], dtype=float))
    if kind == "ordering":
        gap, clear = b[:, None] - b, amount * np.hypot(error[:, None], error)
        turned = (gap > clear) & (a[:, None] <= a)
        return verdict(math.inf if turned.any() else 0.0, "", old, new, "no clear pair in another order")
    scales = {"statistical": amount * error, "curve shape": np.maximum(amount * np.ptp(b), error)}
    allowed = np.maximum(scales.get(kind, amount * abs(b)), got["floor"])
    distance = abs(a - b)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(distance == 0, 0.0, distance / allowed)
    k = int(moved.argmax())
    place = f"[{k}]" if a.size > 1 else ""
    return verdict(float(moved[k]), place, b[k], a[k], f"± {allowed[k]:.3g}")


def _text(value: Any) -> str:
    """A word as it is, a number or a list of them with enough digits to tell them apart."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(_text, value)) + "]"
    return f"{value:.10g}" if isinstance(value, float) else str(value)

"""An explicit second layer for a parity: the product of sines as ridge functions, each interpolated by relus.

Source: derived in chapter "End to end".
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr


@dataclass(frozen=True)
class Head:
    """A two-layer network on z = Mx: sum_j a_j relu(p_j . z + b_j)."""

    p: Float[np.ndarray, "neuron feature"]
    b: Float[np.ndarray, " neuron"]
    a: Float[np.ndarray, " neuron"]

    def __call__(self, z: Float[np.ndarray, "sample feature"]) -> Float[np.ndarray, " sample"]:
        """Outputs."""
        return np.maximum(z @ self.p.T + self.b, 0) @ self.a


def _check(r: int, S: list[int], L: float, step: float) -> None:
    """Refuse subsets and grids that make no sense."""
    if not 1 <= r <= 12:
        raise ValueError(f"r = {r} features; allowed: 1 to 12")
    if not S or len(set(S)) < len(S) or not set(S) <= set(range(r)):
        raise ValueError(f"subset {S}; allowed: distinct features 0 .. {r - 1}, at least one")
    if not (0 < step <= L < np.inf):
        raise ValueError(f"L = {L}, step = {step}; allowed: 0 < step <= L")


def sines(z: Float[np.ndarray, "sample feature"], S: list[int], L: float) -> Float[np.ndarray, " sample"]:
    """psi(z) = prod_{j in S} sin(pi z_j / L), which has the sign of chi_S where |z_j| < L."""
    return np.sin(np.pi / L * z[:, S]).prod(1)


def parity_head(r: int, S: list[int], L: float = 4.0, step: float = 0.25) -> Head:
    """A head whose output is within `sup_error` of psi wherever all |z_j| <= L.

    psi = 2^(1-k) sum over the 2^(k-1) diagonals s of prod(s) times plus or minus cos (k even) or sin (k odd) of
    (pi/L) s.z; each is interpolated linearly on a uniform grid over [-kL, kL].

    Returns:
        A head of 2^(k-1) (2 k L / step + 2) neurons, 2 k L / step rounded up to an integer, whatever d is.

    Raises:
        ValueError: if r is outside 1..12, S is empty or out of range, or not 0 < step <= L.
    """
    _check(r, S, L, step)
    k = len(S)
    grid = np.linspace(-k * L, k * L, int(np.ceil(2 * k * L / step - 1e-9)) + 1)
    wave = (np.sin if k % 2 else np.cos)(np.pi / L * grid) * (-1) ** (k // 2) * 2.0 ** (1 - k)
    slopes = np.diff(wave) / np.diff(grid)
    bends = np.diff(slopes, prepend=0.0)
    # the value at the left end: 1 = relu(u + kL + 1) - relu(u + kL) on the grid
    b = np.concatenate([-grid[:-1], [k * L + 1, k * L]])
    a = np.concatenate([bends, [wave[0], -wave[0]]])
    diagonals = np.array([(1.0, *rest) for rest in product((1.0, -1.0), repeat=k - 1)])
    p = np.zeros((len(diagonals), r))
    p[:, S] = diagonals
    signs = diagonals.prod(1)
    return Head(np.repeat(p, len(b), axis=0), np.tile(b, len(p)), np.concatenate([s * a for s in signs]))


def sup_error(L: float, step: float) -> float:
    """Bound on |head - psi| where all |z_j| <= L: (pi/L)^2 step^2 / 8, for the diagonals' total weight is 1."""
    return (np.pi / L * step) ** 2 / 8


def small_product(k: int, L: float, level: float) -> float:
    """P(|prod of k independent sin(pi z_j / L)| <= level, all |z_j| <= L) + P(some |z_j| > L).

    It takes k - 1 one-dimensional convolutions, and is good to about 1e-5.
    """
    inside = 2 * ndtr(L) - 1
    # nodes that cluster at both zeros of the sine
    angle = np.pi * (np.arange(2000) + 0.5) / 2000
    z, dz = L * (1 - np.cos(angle)) / 2, L * np.sin(angle) / 2 * np.pi / 2000
    size, weight = np.log(np.sin(np.pi / L * z)), np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2) * dz
    # mass[i] = P(log product of the factors so far <= grid[i], inside); one factor in closed form
    grid = np.linspace(np.log(level), 0, 2000)
    edge = L / np.pi * np.arcsin(np.exp(grid))
    mass = 2 * (ndtr(edge) - 0.5 + ndtr(L) - ndtr(L - edge))
    for done in range(1, k):
        mass = np.interp(grid[:, None] - size, grid, mass, right=inside**done) @ weight
    return float(mass[0] + 1 - inside**k)


def accuracy_bound(k: int, L: float = 4.0, step: float = 0.25) -> float:
    """The head's accuracy is at least 1 - P(|psi| <= sup_error) - P(max |z_j| > L).

    Raises:
        ValueError: if k < 1 or not 0 < step <= L.
    """
    _check(max(k, 1), list(range(k)), L, step)
    return 1 - small_product(k, L, sup_error(L, step))


def residual_bound(a: Float[np.ndarray, " neuron"], q: Float[np.ndarray, " neuron"]) -> float:
    """How much the population hinge loss of a head can depend on what neurons keep outside row(M).

    Returns:
        sqrt(2/pi) sum_j |a_j| q_j, a bound on |E hinge(W) - E hinge(W with q = 0)|, for any label of sign(Mx).
    """
    return float(np.sqrt(2 / np.pi) * abs(a) @ q)

"""One population step from a random first layer: what is left outside row(M), and how well W M^T is kept."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from jaxtyping import Float

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import tasks
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.theory import amplification, dynamics

#: The weight decays by name, each with whether its law has the empty set.
VARIANTS = {"lam_w*": True, "1/eta": True, "1/eta, without the empty set": False}


@dataclass(frozen=True, kw_only=True)
class OneStep(Configuration):
    """One head step from zero and one representation step with infinitely many samples, for several d.

    Attributes:
        d: input dimensions; a network in a smaller one has the first coordinates of that in a larger one.
        eta: step size of both steps.

    Source: our executable version of the paper's Proposition 3.1 and Theorem 3.2.
    """

    trials: int = 20
    seed: int = 41
    r: int = 3
    d: tuple[int, ...] = (16, 32, 64, 128, 256, 512)
    m: int = 256
    eta: float = 0.1

    @property
    def total_steps(self) -> int:
        """Input dimensions of one block."""
        return len(self.d)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            Median over the neurons of q/|p| after the step, `residual`, and the condition number of W M^T after the
            step over that before, `condition`, by (d, variant, trial); `before`, the median at the start, and
            `leading`, the median of the residual's leading term, by (d, trial).
        """
        W = draws.normal("neurons", self.m, max(self.d)).cpu().double().numpy()
        found = {d: self.after(W[..., : self.r], np.linalg.norm(W[..., self.r : d], axis=-1)) for d in self.d}
        return gather(found, {"d": self.d}).assign_coords(r=self.r)

    def after(self, p: Float[np.ndarray, "trial neuron feature"], q: Float[np.ndarray, "trial neuron"]) -> xr.Dataset:
        """What one step from these neurons leaves.

        Returns:
            The variables of `block` for one input dimension, by (variant, trial) or by trial.
        """
        length = np.linalg.norm(p, axis=-1)
        pairs = (length**4 - (p**4).sum(-1)) / 2
        leading = 4 / np.pi**2 * pairs * q / (length * (length**2 + q**2) ** 2)
        variants = {}
        for name, empty in VARIANTS.items():
            law = tasks.uniform(self.r, empty)
            decay = dynamics.lam_w_star(law, self.eta, self.eta) if name == "lam_w*" else 1 / self.eta
            state = dynamics.start(p.reshape(-1, self.r), q.ravel())
            update = dynamics.Update(self.eta, decay, kappa=self.eta)
            end = dynamics.step(state, amplification.kernel(law), update)
            after = end.p.reshape(p.shape)
            residual = np.median(end.q.reshape(q.shape) / np.linalg.norm(after, axis=-1), axis=1)
            condition = np.linalg.cond(after) / np.linalg.cond(p)
            variants[name] = xr.Dataset({"residual": ("trial", residual), "condition": ("trial", condition)})
        progress.advance()
        return gather(variants, {"variant": VARIANTS}).assign(
            before=("trial", np.median(q / length, axis=1)), leading=("trial", np.median(leading, axis=1))
        )

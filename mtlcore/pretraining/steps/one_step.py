"""One population step from a random first layer: what is left outside row(M), and how well W M^T is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from mtlcore.lab import draws
from mtlcore.pretraining import tasks
from mtlcore.pretraining.configuration import Configuration
from mtlcore.pretraining.theory import amplification, dynamics

#: The weight decays by name, each with whether its law has the empty set.
VARIANTS = {"lam_w*": True, "1/eta": True, "1/eta, without the empty set": False}


@dataclass(frozen=True, kw_only=True)
class OneStep(Configuration):
    """One head step from zero and one representation step with infinitely many samples, for several d.

    Attributes:
        r: number of features.
        d: input dimensions; a network in a smaller one has the first coordinates of that in a larger one.
        m: number of neurons.
        eta: step size of both steps.

    Source: our executable version of the paper's Proposition 3.1 and Theorem 3.2.
    """

    name: ClassVar[str] = "steps-one"

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

    def block(self, trials: range, on_step: Callable[[], object]) -> xr.Dataset:
        """Compute some of the trials.

        Args:
            trials: their indices.
            on_step: called once per input dimension.

        Returns:
            Median over the neurons of q/|p| after the step, `residual`, and the condition number of W M^T after the
            step over that before, `condition`, by (variant, d, trial); `before`, the median at the start, and
            `leading`, the median of the residual's leading term, by (d, trial).
        """
        streams = [draws.stream(self.seed, "neuron", trial) for trial in trials]
        W = draws.normal(streams, self.m, max(self.d)).double().numpy()
        p, shape = W[..., : self.r], (len(trials), self.m)
        residual, condition, before, leading = [], [], [], []
        for d in self.d:
            q = np.linalg.norm(W[..., self.r : d], axis=-1)
            length = np.linalg.norm(p, axis=-1)
            pairs = (length**4 - (p**4).sum(-1)) / 2
            before.append(np.median(q / length, axis=1))
            leading.append(np.median(4 / np.pi**2 * pairs * q / (length * (length**2 + q**2) ** 2), axis=1))
            rows = []
            for name, empty in VARIANTS.items():
                law = tasks.uniform(self.r, empty)
                decay = dynamics.lam_w_star(law, self.eta, self.eta) if name == "lam_w*" else 1 / self.eta
                state = dynamics.start(p.reshape(-1, self.r), q.ravel())
                update = dynamics.Update(self.eta, decay, kappa=self.eta)
                after = dynamics.step(state, amplification.kernel(law), update)
                p_after = after.p.reshape(p.shape)
                ratio = after.q.reshape(shape) / np.linalg.norm(p_after, axis=-1)
                rows.append((np.median(ratio, axis=1), np.linalg.cond(p_after) / np.linalg.cond(p)))
            residual.append([row[0] for row in rows])
            condition.append([row[1] for row in rows])
            on_step()
        return xr.Dataset(
            {
                "residual": (("d", "variant", "trial"), residual),
                "condition": (("d", "variant", "trial"), condition),
                "before": (("d", "trial"), before),
                "leading": (("d", "trial"), leading),
            },
            {"d": list(self.d), "variant": list(VARIANTS), "trial": list(trials), "r": self.r},
        )

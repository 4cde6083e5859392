"""Downstream heads on three kinds of features of the learned rows: fresh biases, mixed rows, a second layer."""

from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from jaxtyping import Float
from torch import Tensor

from mtlcore.lab import progress
from mtlcore.lab.draws import Draws
from mtlcore.lab.results import gather
from mtlcore.pretraining import features, tasks
from mtlcore.pretraining.algorithm import ROBUST, Model, pretrain
from mtlcore.pretraining.network import activations
from mtlcore.pretraining.probe import downstream_neurons, train_heads
from mtlcore.pretraining.training import Training

#: How the downstream neurons stand on the first layer, and which first layers they stand on.
READINGS = ("fresh biases", "mixed rows", "second layer")
LAYERS = ("learned", "random")


@dataclass(frozen=True, kw_only=True)
class SecondLayer(Training):
    """Downstream accuracy on all non-empty parities, by what stands between the first layer and the head.

    Attributes:
        n: samples per task and half-step of pretraining, with each parity once.
        m_hat: the numbers of downstream neurons.
        N: downstream samples.
        bias: standard deviation of the fresh biases.
        head_steps: gradient steps of the downstream heads.
        test_samples: fresh inputs that measure the accuracy.

    Source: another reading of the title of the paper's Remark 3.4 (chapter "Deviations").
    """

    seed: int = 79
    d: int = 24
    steps: int = 400
    n: int = 73
    m_hat: tuple[int, ...] = (32, 128)
    N: int = 1000
    bias: float = 0.5
    head_steps: int = 500
    test_samples: int = 4096

    @property
    def total_steps(self) -> int:
        """Iterations of one block, and one for each kind of features that is probed."""
        return self.steps + len(LAYERS) * len(READINGS) * len(self.m_hat)

    def hidden(
        self,
        W: Float[Tensor, "trial neuron dim"],
        reading: str,
        m_hat: int,
        draws: Draws,
        x: Float[Tensor, "trial n dim"],
    ) -> Float[Tensor, "trial n downstream_neuron"]:
        """The features of inputs under one reading.

        Raises:
            KeyError: for an unknown reading.
        """
        rows, fresh = downstream_neurons(W, W.shape[1]), self.bias * draws.normal("downstream biases", m_hat)
        mix = draws.normal("second layer", m_hat, W.shape[1]) / W.shape[1] ** 0.5
        if reading == "second layer":  # half of a first-layer activation's mean square is lost to relu
            return activations(2**0.5 * mix, fresh, activations(rows, rows.new_zeros(rows.shape[:2]), x))
        return activations({"fresh biases": downstream_neurons(W, m_hat), "mixed rows": mix @ rows}[reading], fresh, x)

    def block(self, draws: Draws) -> xr.Dataset:
        """Compute the trials that `draws` is for.

        Returns:
            `accuracy` by (layer, reading, m_hat, trial, parity), with the parities' `size`.
        """
        M, parities = self.subspace(), tasks.parity_tables(self.r)[1:]
        model = Model(len(parities), self.n, self.n, self.d, self.m, ROBUST)
        run = pretrain({0: model}, {0: np.stack([parities] * len(draws))}, M, draws, self.steps, self.steps)
        (_, first), (_, last) = run
        layers, tables = {"learned": last[0].W, "random": first[0].W}, torch.from_numpy(parities).to(last[0].W)
        x, test = (
            draws.normal(name, n, self.d)
            for name, n in (("downstream inputs", self.N), ("test inputs", self.test_samples))
        )
        y, truth = (tables[:, features.orthant(inputs, M)].transpose(0, 1) for inputs in (x, test))
        found = {}
        for layer, reading, m_hat in ((a, b, c) for a in LAYERS for b in READINGS for c in self.m_hat):
            h, seen = (self.hidden(layers[layer], reading, m_hat, draws, inputs) for inputs in (x, test))
            heads = train_heads(h.contiguous(), y.contiguous(), self.head_steps)
            right = (truth * (heads @ seen.mT) > 0).double().mean(-1).cpu().numpy()
            found[layer, reading, m_hat] = xr.DataArray(right, dims=("trial", "parity"))
            progress.advance()
        accuracy = gather(found, {"layer": LAYERS, "reading": READINGS, "m_hat": self.m_hat})
        return xr.Dataset({"accuracy": accuracy}, {"size": ("parity", tasks.sizes(self.r)[1:])})

"""The same objects in the population limit, without sampling error. Float64, one module per idea.

`fourier` (with `closed`, `integrals` and `vectors`): a neuron's Fourier coefficients; `orthants`: its conditional
means; `amplification`: the matrix A; `dynamics`: the recursion in (p, q); `finite`: finitely many tasks and samples;
`single`: one task, one head; `witness`, `affine`: what a head can express; `random_features`: what no head can.
"""

from mtlcore.population.amplification import matrix_A
from mtlcore.population.vectors import neuron_gradients

__all__ = ["matrix_A", "neuron_gradients"]

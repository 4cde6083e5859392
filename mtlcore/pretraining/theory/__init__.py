"""The same objects in the population limit, without sampling error. Float64, one module per idea.

`fourier` (with `closed`, `integrals`, `vectors`): a neuron's Fourier coefficients; `amplification`: the matrix A;
`dynamics`, `growth`, `regimes`: the recursion in (p, q); `finite`: finitely many tasks and samples; `single`,
`funk_hecke`: one task, one head; `affine`, `witness`, `counting`: what a head can express; `relu_features`,
`random_features`: what given features, and features drawn without M, can hold.
"""

from mtlcore.pretraining.theory.amplification import exact_A
from mtlcore.pretraining.theory.vectors import neuron_gradients

__all__ = ["exact_A", "neuron_gradients"]

"""One function per picture, from a data set to a Matplotlib figure; a module for each chapter."""

from mtlcore.plots.base import COLOURS, setup
from mtlcore.plots.contrastive import matrices, matrix_quality
from mtlcore.plots.downstream import by_task_size, dimensions, independence, sample_sizes
from mtlcore.plots.limits import controls, informative, random_features, scaling
from mtlcore.plots.live import playground
from mtlcore.plots.neurons import fan_out, isotropy, lengths, recursion, shared_head
from mtlcore.plots.representation import coverage, dependence_on_stopping, skew, task_count
from mtlcore.plots.steps import finite_step, one_step, phases

__all__ = [
    "COLOURS",
    "by_task_size",
    "controls",
    "coverage",
    "dependence_on_stopping",
    "dimensions",
    "fan_out",
    "finite_step",
    "independence",
    "informative",
    "isotropy",
    "lengths",
    "matrices",
    "matrix_quality",
    "one_step",
    "phases",
    "playground",
    "random_features",
    "recursion",
    "sample_sizes",
    "scaling",
    "setup",
    "shared_head",
    "skew",
    "task_count",
]

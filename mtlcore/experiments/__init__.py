"""One small file per figure: a frozen configuration in, a labelled data set out."""

from collections.abc import Callable, Mapping

from mtlcore.experiments.base import Experiment
from mtlcore.experiments.captured import RandomFeatures
from mtlcore.experiments.controls import Controls
from mtlcore.experiments.fig1 import TaskCount
from mtlcore.experiments.fig2 import Skew
from mtlcore.experiments.fig3 import Dimensions, SampleSizes
from mtlcore.experiments.fig4 import ContrastiveMatrix
from mtlcore.experiments.fig5 import FanOut, SharedHead
from mtlcore.experiments.finite_step import FiniteStep
from mtlcore.experiments.independence import Independence
from mtlcore.experiments.informative import InformativeTask
from mtlcore.experiments.one_step import OneStep
from mtlcore.experiments.phases import Phases
from mtlcore.experiments.recursion import Recursion
from mtlcore.experiments.scaling import Scaling

__all__ = [
    "FIGURES",
    "ContrastiveMatrix",
    "Controls",
    "Dimensions",
    "Experiment",
    "FanOut",
    "FiniteStep",
    "OneStep",
    "Phases",
    "Recursion",
    "Independence",
    "InformativeTask",
    "RandomFeatures",
    "SampleSizes",
    "Scaling",
    "SharedHead",
    "Skew",
    "TaskCount",
    "figure",
]


#: What each figure of the paper, and each chapter of ours, needs: its configurations as the chapters run them.
FIGURES: Mapping[str, Callable[[], list[Experiment]]] = {
    "fig1": lambda: [TaskCount(), TaskCount(empty=True, trials=10)],
    "fig2": lambda: [TaskCount(), Skew()],
    "fig3": lambda: [Dimensions(), SampleSizes()],
    "fig4": lambda: [ContrastiveMatrix()],
    "fig5": lambda: [SharedHead(), FanOut()],
    "steps": lambda: [
        *(OneStep(r=r) for r in (2, 3, 4)),
        FiniteStep(),
        Phases(),
        Recursion(r=2),
        Recursion(r=3),
    ],  # fmt: skip
    "limits": lambda: [
        Independence(),
        Independence(r=3, m_hat=128, N=2000, trials=5),
        RandomFeatures(),
        InformativeTask(),
        Controls(),
        Scaling(),
    ],
}


def figure(name: str) -> list[Experiment]:
    """The experiments behind a figure of the paper or a chapter of ours, configured as the chapters run them.

    Args:
        name: "fig1" ... "fig5", "steps" (the chapter on Theorem 3.2), "limits" (those on Theorems 3.3, 3.6 and 3.7),
            or "all".

    Returns:
        Fresh configurations, each once; Figures 1 and 2 (left) share one.

    Raises:
        ValueError: for any other name.
    """
    if name == "all":
        every = [experiment for need in FIGURES.values() for experiment in need()]
        return [experiment for k, experiment in enumerate(every) if experiment not in every[:k]]
    if name not in FIGURES:
        raise ValueError(f"figure {name!r} is unknown; allowed: {', '.join(FIGURES)}, all")
    return FIGURES[name]()

"""The figures' claims: comparisons on stored experiments, and the same comparisons where they must fail."""

from collections.abc import Callable, Sequence

from mtlcore import store
from mtlcore.claims.compare import Finding, below
from mtlcore.claims.entry import Claim
from mtlcore.claims.findings import findings
from mtlcore.experiments import (
    ContrastiveMatrix,
    Dimensions,
    Experiment,
    FanOut,
    SampleSizes,
    SharedHead,
    Skew,
    TaskCount,
)

TOLERANCE = "three standard errors of the paired difference over trials, since a figure makes many comparisons"


def of_the_paper(experiment: type[Experiment], setting: str) -> Callable[[], Sequence[Finding]]:
    """A check: the paper's statements about an experiment that speak of one set of values.

    Args:
        experiment: the class of the experiment, in its own configuration.
        setting: a word that the statement contains, such as "robust"; "" for all.

    Returns:
        A function that reads the record and returns the findings.
    """
    return lambda: [f for f in findings(store.get(experiment())) if f.source == "paper" and setting in f.statement]


def single_task_is_found() -> list[Finding]:
    """Control: with one task the error does not fall below 0.1."""
    error = store.get(TaskCount()).error.sel(setting="robust", T=1).isel(iteration=-1)
    return [below("robust values: one task is enough for an error below 0.1", error, 0.1)]


def small_sets_are_worse() -> list[Finding]:
    """Control: the skew to small sets does not hurt."""
    error = store.get(Skew()).error.sel(setting="robust", iteration=500)
    text = "robust values: the uniform law does better than the skew 'small sets'"
    return [below(text, error.sel(law="uniform"), error.sel(law="small sets"))]


def random_features_do_not_fall() -> list[Finding]:
    """Control: random features lose with d."""
    y = store.get(Dimensions()).accuracy.sel(representation="random").isel(snapshot=0).mean("parity")
    text = "no pretraining: the loss of accuracy from d = 16 to 256 is below 0.03"
    return [below(text, y.isel(d=0) - y.isel(d=-1), 0.03)]


def random_features_beat_one_task() -> list[Finding]:
    """Control: the comparison of representations has a direction."""
    y = store.get(SampleSizes()).accuracy.isel(snapshot=-1).sel(N=4096).mean("parity")
    text = "robust values: random features beat multi-task ones at N = 4096"
    return [below(text, y.sel(representation="multi-task | robust"), y.sel(representation="random"))]


def empty_set_is_harmless() -> list[Finding]:
    """Control: with the empty set in the law, A does not become a projection."""
    error = store.get(ContrastiveMatrix()).error.sel(law="with the empty set", T=1024)
    return [below("with the empty set: at T = 1024 the subspace error is below 0.1", error, 0.1)]


def shared_head_is_better() -> list[Finding]:
    """Control: the comparison of heads has a direction."""
    error = store.get(SharedHead()).error.sel(setting="stated", T=64, iteration=1000)
    text = "stated values: one shared head does better than task heads"
    return [below(text, error.sel(heads="shared"), error.sel(heads="task"))]


def neurons_grow_outside() -> list[Finding]:
    """Control: outside row(M) nothing grows tenfold."""
    q = store.get(FanOut()).q.sel(setting="robust").mean("neuron")
    text = "robust values: neurons grow outside row(M), more than tenfold"
    return [below(text, 10 * q.isel(iteration=0), q.isel(iteration=-1))]


CLAIMS = (
    Claim(
        id="figure-1",
        title="Figures 1 and 2 (left)",
        statement="Under the robust values, at the same total number of samples, more tasks give a lower error.",
        known="caption: as T increases, the row space of W approaches that of M",
        kind="figure",
        tested="T = 1, 4, 16, d = 32, r = 3, m = 16, 1024 samples per half-step, 40 trials, seed 2024, robust values",
        regime="the figure's own scale; under the stated values the step from T = 1 to 4 is inconclusive at the end",
        tolerance=TOLERANCE,
        chapter="chapters/representation",
        needs=("separation",),
        check=of_the_paper(TaskCount, "robust"),
        control=single_task_is_found,
    ),
    Claim(
        id="figure-2",
        title="Figure 2 (right)",
        statement="Under the stated values each of four skewed laws gives a higher error than the uniform one.",
        known="caption: a skewed distribution over the support of T_s.p.; which one is not known",
        kind="figure",
        tested="r = 4, d = 32, T = 32, 30 trials, seed 3, iteration 500; of the five named skews all but 'small sets'",
        regime="the figure's own scale; the skew 'small sets' does better than the uniform law",
        tolerance=TOLERANCE,
        chapter="chapters/representation",
        needs=("separation",),
        check=of_the_paper(Skew, "stated"),
        control=small_sets_are_worse,
    ),
    Claim(
        id="figure-3-left",
        title="Figure 3 (left)",
        statement="Downstream accuracy does not degrade with d after multi-task pretraining, and does without.",
        known="caption: unlike single task pretrained and non-pretrained representations",
        kind="figure",
        tested="d = 16 ... 256, T = 16 + d, r = 4, m = 16, N = 1000, 10 trials, seed 7, stated (nu_a = 1) and robust",
        regime="the figure's own scale; 16 neurons cannot express parities of three or more features",
        tolerance=TOLERANCE,
        chapter="chapters/downstream",
        needs=("figure-1",),
        check=of_the_paper(Dimensions, ""),
        control=random_features_do_not_fall,
    ),
    Claim(
        id="figure-3-right",
        title="Figure 3 (right)",
        statement="Downstream accuracy of multi-task features grows with the number of downstream samples.",
        known="caption: varying number of downstream training samples N",
        kind="figure",
        tested="N = 16 ... 4096, T = 32, d = 32, r = 3, m = 16, m_hat = 32, 10 trials, seed 11, stated and robust",
        regime="the figure's own scale",
        tolerance=TOLERANCE,
        chapter="chapters/downstream",
        needs=("figure-1",),
        check=of_the_paper(SampleSizes, ""),
        control=random_features_beat_one_task,
    ),
    Claim(
        id="figure-4",
        title="Figure 4",
        statement="With more tasks, A becomes dominated by its block on row(M).",
        known="caption: A is approximately c M^T M as T grows",
        kind="figure",
        tested="T = 1 ... 1024, d = 16, r = 4, 1000 samples per task and side, 10 neurons, seed 5, non-empty subsets",
        regime="the figure's own scale",
        tolerance=TOLERANCE,
        chapter="chapters/contrastive",
        needs=("beta", "matrix-a"),
        check=of_the_paper(ContrastiveMatrix, ""),
        control=empty_set_is_harmless,
    ),
    Claim(
        id="figure-5-left",
        title="Figure 5 (left)",
        statement="Under the stated values one shared head does not recover the representation: task heads do better.",
        known="caption: fails to recover the ground-truth representation",
        kind="figure",
        tested="T = 64, d = 32, r = 3, m = 16, iteration 1000 of 4000, 10 trials, seed 22, stated values",
        regime="the figure's own scale; under weaker weight decay it is slower, not lost",
        tolerance=TOLERANCE,
        chapter="chapters/shared-head",
        needs=("mechanism",),
        check=of_the_paper(SharedHead, "stated"),
        control=shared_head_is_better,
    ),
    Claim(
        id="figure-5-paths",
        title="Figure 5 (center, right)",
        statement="Neurons fan out inside row(M) and contract outside it.",
        known="caption: fan outwards, remain large and isotropic; contract towards the origin",
        kind="figure",
        tested="r = 2, d = 32, T = 16, m = 16, 1000 iterations, 10 trials, seed 31, stated and robust",
        regime="the figure's own scale",
        tolerance=TOLERANCE,
        chapter="chapters/fan-out",
        needs=("separation",),
        check=of_the_paper(FanOut, ""),
        control=neurons_grow_outside,
    ),
)

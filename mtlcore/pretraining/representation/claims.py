"""The claims about representation learning."""

from mtlcore.lab import store
from mtlcore.lab.claim import Claim
from mtlcore.lab.comparisons import Finding, about_the_paper, below
from mtlcore.pretraining.representation import findings
from mtlcore.pretraining.representation.skew import Skew
from mtlcore.pretraining.representation.task_count import TaskCount

TOLERANCE = "three standard errors of the paired difference over trials, since a figure makes many comparisons"


def single_task_is_found() -> list[Finding]:
    """Control: with one task the error does not fall below 0.1."""
    error = store.get(TaskCount()).error.sel(setting="robust", T=1).isel(iteration=-1)
    return [below("robust values: one task is enough for an error below 0.1", error, 0.1)]


def small_sets_are_worse() -> list[Finding]:
    """Control: the skew to small sets does not hurt."""
    error = store.get(Skew()).error.sel(setting="robust", iteration=500)
    text = "robust values: the uniform law does better than the skew 'small sets'"
    return [below(text, error.sel(law="uniform"), error.sel(law="small sets"))]


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
        chapter="pretraining/representation",
        needs=("separation",),
        check=lambda: about_the_paper(findings.task_count(store.get(TaskCount())), "robust"),
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
        chapter="pretraining/representation",
        needs=("separation",),
        check=lambda: about_the_paper(findings.skew(store.get(Skew())), "stated"),
        control=small_sets_are_worse,
    ),
)

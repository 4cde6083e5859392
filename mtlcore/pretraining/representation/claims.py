"""The claims about representation learning."""

from collections.abc import Sequence

from mtlcore.lab import store
from mtlcore.lab.claim import PAIRED, Claim
from mtlcore.lab.comparisons import Finding, about_the_paper, below
from mtlcore.pretraining.representation.findings import FOUND, ITERATION, ROBUST_LADDER, skew, task_count
from mtlcore.pretraining.representation.skew import Skew
from mtlcore.pretraining.representation.task_count import TaskCount


def one_task_is_enough(run: TaskCount, T: Sequence[int], setting: str) -> list[Finding]:
    """Control: with the fewest tasks, one, the error does not become small."""
    error = store.get(run).error.sel(setting=setting, T=T[0]).isel(iteration=-1)
    return [below(f"{setting} values: T = {T[0]} is enough for an error below {FOUND}", error, FOUND)]


def small_sets_are_worse(run: Skew, iteration: int, **_: object) -> list[Finding]:
    """Control: the skew to small sets does not hurt."""
    error = store.get(run).error.sel(setting="robust", iteration=iteration)
    text = "robust values: the uniform law does better than the skew 'small sets'"
    return [below(text, error.sel(law="uniform"), error.sel(law="small sets"))]


CLAIMS = (
    Claim(
        id="figure-1",
        title="Figures 1 and 2 (left)",
        statement="Under the robust values, at the same total number of samples, more tasks give a lower error.",
        known="caption: as T increases, the row space of W approaches that of M",
        kind="figure",
        case={"run": TaskCount, "T": ROBUST_LADDER, "setting": "robust"},
        tested="T = {T}, d = {run.d}, r = {run.r}, m = {run.m}, {run.samples} samples per half-step, "
        "{run.trials} trials, seed {run.seed}, {setting} values",
        regime="the figure's own scale; what the stated values give stands in the chapter",
        tolerance=PAIRED,
        chapter="pretraining/representation",
        needs=("separation",),
        check=lambda run, T, setting: about_the_paper(task_count(store.get(run), T), setting),
        control=one_task_is_enough,
    ),
    Claim(
        id="figure-2",
        title="Figure 2 (right)",
        statement="Under the stated values each of four skewed laws gives a higher error than the uniform one.",
        known="caption: a skewed distribution over the support of T_s.p.; which one is not known",
        kind="figure",
        case={"run": Skew, "iteration": ITERATION, "setting": "stated"},
        tested="r = {run.r}, d = {run.d}, T = {run.T}, {run.trials} trials, seed {run.seed}, iteration {iteration}, "
        "{setting} values; of the named skews all but 'small sets'",
        regime="the figure's own scale; the skew 'small sets' does better than the uniform law",
        tolerance=PAIRED,
        chapter="pretraining/representation",
        needs=("separation",),
        check=lambda run, iteration, setting: about_the_paper(skew(store.get(run), iteration), setting),
        control=small_sets_are_worse,
    ),
)

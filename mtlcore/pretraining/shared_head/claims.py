"""The claims about one shared head."""

from mtlcore.lab import store
from mtlcore.lab.claim import PAIRED, Claim
from mtlcore.lab.comparisons import Finding, about_the_paper, below
from mtlcore.pretraining.shared_head.findings import ITERATION, TASKS, shared_head
from mtlcore.pretraining.shared_head.heads import SharedHead


def shared_head_is_better(run: SharedHead, T: int, iteration: int, setting: str) -> list[Finding]:
    """Control: the comparison of heads has a direction."""
    error = store.get(run).error.sel(setting=setting, T=T, iteration=iteration)
    text = f"{setting} values: one shared head does better than task heads"
    return [below(text, error.sel(heads="shared"), error.sel(heads="task"))]


CLAIMS = (
    Claim(
        id="figure-5-left",
        title="Figure 5 (left)",
        statement="Under the stated values one shared head does not recover the representation: task heads do better.",
        known="caption: fails to recover the ground-truth representation",
        kind="figure",
        case={"run": SharedHead, "T": TASKS, "iteration": ITERATION, "setting": "stated"},
        tested="T = {T}, d = {run.d}, r = {run.r}, m = {run.m}, iteration {iteration} of {run.steps}, "
        "{run.trials} trials, seed {run.seed}, {setting} values",
        regime="the figure's own scale; under weaker weight decay it is slower, not lost",
        tolerance=PAIRED,
        chapter="pretraining/shared-head",
        needs=("mechanism",),
        check=lambda run, T, iteration, setting: about_the_paper(shared_head(store.get(run), T, iteration), setting),
        control=shared_head_is_better,
    ),
)

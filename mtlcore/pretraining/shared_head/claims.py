"""The claims about one shared head."""

from mtlcore.lab import store
from mtlcore.lab.claim import PAIRED, Claim
from mtlcore.lab.comparisons import Finding
from mtlcore.pretraining.shared_head.findings import LOST, TASKS, fails
from mtlcore.pretraining.shared_head.heads import SharedHead


def a_head_for_each_task(run: SharedHead, setting: str, T: int) -> list[Finding]:
    """Control: task heads in the place of the shared one, each of which answers to its own labels."""
    return fails(store.get(run), setting, T, "task")


def figure_5_left(setting: str) -> Claim:
    """The caption of Figure 5 (left) under one set of values."""
    return Claim(
        id=f"figure-5-left-{setting}",
        title="Figure 5 (left)",
        statement=f"One shared head does not recover the representation, and task heads do better: {setting} values.",
        known="caption: fails to recover the ground-truth representation",
        kind="figure",
        case={"run": SharedHead, "setting": setting, "T": TASKS},
        tested="T = {T}, d = {run.d}, r = {run.r}, m = {run.m}, {run.steps} iterations, "
        "{run.trials} trials, seed {run.seed}, {setting} values",
        regime="the figure's own scale, for four times as long as Figure 1",
        tolerance=f"not recovered: an error above {LOST} throughout; {PAIRED}",
        chapter="pretraining/shared-head",
        needs=(),
        check=lambda run, setting, T: fails(store.get(run), setting, T),
        control=a_head_for_each_task,
    )


CLAIMS = tuple(figure_5_left(setting) for setting in ("stated", "robust"))

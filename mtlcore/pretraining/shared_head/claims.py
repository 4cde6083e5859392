"""The claims about one shared head."""

from mtlcore.lab import store
from mtlcore.lab.claim import Claim
from mtlcore.lab.comparisons import Finding, about_the_paper, below
from mtlcore.pretraining.shared_head import findings
from mtlcore.pretraining.shared_head.heads import SharedHead

TOLERANCE = "three standard errors of the paired difference over trials, since a figure makes many comparisons"


def shared_head_is_better() -> list[Finding]:
    """Control: the comparison of heads has a direction."""
    error = store.get(SharedHead()).error.sel(setting="stated", T=64, iteration=1000)
    text = "stated values: one shared head does better than task heads"
    return [below(text, error.sel(heads="shared"), error.sel(heads="task"))]


CLAIMS = (
    Claim(
        id="figure-5-left",
        title="Figure 5 (left)",
        statement="Under the stated values one shared head does not recover the representation: task heads do better.",
        known="caption: fails to recover the ground-truth representation",
        kind="figure",
        tested="T = 64, d = 32, r = 3, m = 16, iteration 1000 of 4000, 10 trials, seed 22, stated values",
        regime="the figure's own scale; under weaker weight decay it is slower, not lost",
        tolerance=TOLERANCE,
        chapter="pretraining/shared-head",
        needs=("mechanism",),
        check=lambda: about_the_paper(findings.shared_head(store.get(SharedHead())), "stated"),
        control=shared_head_is_better,
    ),
)

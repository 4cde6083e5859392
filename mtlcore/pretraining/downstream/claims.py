"""The claims about downstream tasks."""

from mtlcore.lab import store
from mtlcore.lab.claim import Claim
from mtlcore.lab.comparisons import Finding, about_the_paper, below
from mtlcore.pretraining.downstream import findings
from mtlcore.pretraining.downstream.dimensions import Dimensions
from mtlcore.pretraining.downstream.sample_sizes import SampleSizes

TOLERANCE = "three standard errors of the paired difference over trials, since a figure makes many comparisons"


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


CLAIMS = (
    Claim(
        id="figure-3-left",
        title="Figure 3 (left)",
        statement="Downstream accuracy does not degrade with d after multi-task pretraining, and does without.",
        known="caption: unlike single task pretrained and non-pretrained representations",
        kind="figure",
        tested="d = 16 ... 256, T = 16 + d, r = 4, m = 16, N = 1000, 10 trials, seed 7, stated (nu_a = 1) and robust",
        regime="the figure's own scale; 16 neurons cannot express parities of three or more features",
        tolerance=TOLERANCE,
        chapter="pretraining/downstream",
        needs=("figure-1",),
        check=lambda: about_the_paper(findings.dimensions(store.get(Dimensions())), ""),
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
        chapter="pretraining/downstream",
        needs=("figure-1",),
        check=lambda: about_the_paper(findings.sample_sizes(store.get(SampleSizes())), ""),
        control=random_features_beat_one_task,
    ),
)

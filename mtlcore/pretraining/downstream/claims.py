"""The claims about downstream tasks."""

from mtlcore.lab import store
from mtlcore.lab.claim import PAIRED, Claim
from mtlcore.lab.comparisons import Finding, about_the_paper, below
from mtlcore.pretraining.downstream.dimensions import Dimensions
from mtlcore.pretraining.downstream.findings import NONE, dimensions, sample_sizes
from mtlcore.pretraining.downstream.sample_sizes import SampleSizes


def random_features_do_not_fall(run: Dimensions) -> list[Finding]:
    """Control: random features lose with d."""
    y = store.get(run).accuracy.sel(representation="random").isel(snapshot=0).mean("parity")
    text = f"no pretraining: the loss of accuracy from d = {run.d[0]} to {run.d[-1]} is below {NONE}"
    return [below(text, y.isel(d=0) - y.isel(d=-1), NONE)]


def random_features_beat_many_tasks(run: SampleSizes) -> list[Finding]:
    """Control: the comparison of representations has a direction."""
    y = store.get(run).accuracy.isel(snapshot=-1, N=-1).mean("parity")
    text = f"robust values: random features beat multi-task ones at N = {run.N[-1]}"
    return [below(text, y.sel(representation="multi-task | robust"), y.sel(representation="random"))]


CLAIMS = (
    Claim(
        id="figure-3-left",
        title="Figure 3 (left)",
        statement="Downstream accuracy does not degrade with d after multi-task pretraining, and does without.",
        known="caption: unlike single task pretrained and non-pretrained representations",
        kind="figure",
        case={"run": Dimensions},
        tested="d = {run.d}, T growing with d, r = {run.r}, m = {run.m}, N = {run.N}, {run.trials} trials, "
        "seed {run.seed}, the values {run.single}",
        regime="the figure's own scale; {run.m} neurons cannot express parities of three or more features",
        tolerance=PAIRED,
        chapter="pretraining/downstream",
        needs=("figure-1",),
        check=lambda run: about_the_paper(dimensions(store.get(run))),
        control=random_features_do_not_fall,
    ),
    Claim(
        id="figure-3-right",
        title="Figure 3 (right)",
        statement="Downstream accuracy of multi-task features grows with the number of downstream samples.",
        known="caption: varying number of downstream training samples N",
        kind="figure",
        case={"run": SampleSizes},
        tested="N = {run.N}, T = {run.T}, d = {run.d}, r = {run.r}, m = {run.m}, m_hat = {run.m_hat}, "
        "{run.trials} trials, seed {run.seed}, {run.settings} values",
        regime="the figure's own scale",
        tolerance=PAIRED,
        chapter="pretraining/downstream",
        needs=("figure-1",),
        check=lambda run: about_the_paper(sample_sizes(store.get(run))),
        control=random_features_beat_many_tasks,
    ),
)

"""The claim about counting."""

from mtlcore.second.counting.experiment import Counting
from mtlcore.second.counting.findings import counting

from mtlcore.lab import store
from mtlcore.lab.claim import PAIRED, Claim
from mtlcore.lab.comparisons import Finding, below


def fewer_among_more(run: Counting) -> list[Finding]:
    """Control: the comparison has a direction."""
    large = store.get(run).large
    return [below("among more numbers fewer are large", large.isel(N=-1), large.isel(N=1))]


CLAIMS = (
    Claim(
        id="counting",
        title="Counting",
        statement="Among more numbers more are large.",
        known="the caption says so",
        kind="figure",
        case={"run": Counting},
        tested="N = {run.N}, r = {run.r}, {run.trials} trials, seed {run.seed}",
        regime="the same",
        tolerance=PAIRED,
        chapter="second/counting",
        needs=(),
        check=lambda run: counting(store.get(run)),
        control=fewer_among_more,
    ),
)

"""Comparisons of curves on made-up data, each with every outcome that it has."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from bs4 import BeautifulSoup
from tolerances import ALGEBRA

from mtlcore.lab import comparisons, graph, ledger, store
from mtlcore.lab.claim import Claim, in_words
from mtlcore.lab.experiment import Experiment
from mtlcore.pretraining.contents import PART
from mtlcore.pretraining.fan_out import findings
from mtlcore.pretraining.representation.task_count import TaskCount
from mtlcore.pretraining.steps.one_step import OneStep
from mtlcore.pretraining.steps.sweeps import SampledHeads

EXACT = ALGEBRA[torch.float64]
#: Mean 0 and standard error 1 over ten trials.
NOISE = np.array([-1.0, 1] * 5) * 3


def trials(mean, error=1.0):
    """Values of ten trials with a given mean and standard error."""
    return xr.DataArray(mean + error * NOISE, dims="trial")


def test_a_standard_error_is_that_of_the_mean():
    assert float(comparisons.standard_error(trials(7.0))) == pytest.approx(1, rel=EXACT)
    assert comparisons.mean_se(trials(7.0)).item() == "7.000\u00a0±\u00a01.000"


@pytest.mark.parametrize(
    ("gap", "outcome"),
    [(3.1, "consistent"), (2.9, "inconclusive"), (0, "inconclusive"), (-2.9, "inconclusive"), (-3.1, "inconsistent")],
)
def test_a_difference_counts_from_three_standard_errors_on(gap, outcome):
    common = xr.DataArray(np.arange(10.0), dims="trial")  # what two curves share does not count: trials are paired
    found = comparisons.below("low is below", common, common + trials(gap))
    assert found.outcome == outcome and found.source == "paper"
    assert comparisons.below("", trials(0.0), xr.DataArray(float(gap))).outcome == outcome  # against a constant
    assert comparisons.unpaired("", trials(0.0, 0.6), trials(gap, 0.8)).outcome == outcome


def test_nothing_is_found_from_one_trial_or_from_one_point():
    one, x = trials(9.0)[:1], xr.DataArray([1.0, 2, 4], dims="x")
    found = {
        "trials": [
            comparisons.below("", 0.0, one),
            comparisons.unchanged("", one, one, 5),
            comparisons.around("", one, 9.0),
            comparisons.unpaired("", trials(0.0)[:1], trials(9.0)),
            comparisons.decreasing("", [one, one]),
            comparisons.slope("", x, x * one, 1.0),
        ],
        "points": [comparisons.decreasing("", [trials(9.0)]), comparisons.slope("", x[:1], x[:1] + trials(9.0), 1.0)],
    }
    for few, every in found.items():
        assert {(finding.outcome, finding.evidence) for finding in every} == {("inconclusive", f"too few {few}")}


@pytest.mark.long
def test_no_experiment_of_a_page_finds_anything_from_one_trial():
    for experiment in PART.experiments():
        found = PART.findings(experiment, store.get(experiment).isel(trial=[0]))
        assert {finding.outcome for finding in found} == {"inconclusive"}, experiment


def test_other_trials_or_another_seed_repeat_what_a_page_runs():
    """Not a finding of its own: a configuration that differs in anything else is none of the paper's."""
    assert PART.shows(TaskCount(trials=3, seed=5, law="with the empty set"))
    assert not PART.shows(TaskCount(trials=3, steps=999)) and not PART.shows(Experiment())


@pytest.mark.parametrize(
    ("means", "outcome"),
    [((9, 5, 1), "consistent"), ((9, 5, 4), "inconclusive"), ((9, 5, 9), "inconsistent"), ((1, 5, 9), "inconsistent")],
)
def test_a_ladder_is_as_good_as_its_worst_step(means, outcome):
    curves = [trials(mean, error) for mean, error in zip(means, (0, 1, 0), strict=True)]
    found = comparisons.decreasing("falls", curves)
    assert found.outcome == outcome and found.evidence == " > ".join(f"{mean:.3f}" for mean in means)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("gap", "outcome"), [(1.9, "consistent"), (4, "inconclusive"), (8.1, "inconsistent")])
def test_no_change_is_an_interval_within_the_margin(gap, outcome, sign):
    assert comparisons.unchanged("", xr.zeros_like(trials(0.0)), trials(sign * gap), 5).outcome == outcome


def test_findings_are_those_of_the_experiment_s_class():
    n1, sizes = [2, 16, 128], ("pool", "point", "trial")
    error = xr.DataArray([np.outer((1.2, 1.1, 1), 0.07 * (1 + 0.001 * NOISE))], dims=sizes)
    ds = xr.Dataset({"error": error, "limit": error}, {"n1": ("point", n1), "T": ("point", [7, 7, 7])})
    assert [finding.outcome for finding in PART.findings(SampledHeads(), ds)] == ["consistent"] * 2
    assert [f.outcome for f in PART.findings(SampledHeads(), ds.assign(limit=3 * ds.limit))][1] == "inconsistent"


def test_a_configuration_that_no_page_runs_has_no_verdict():
    with pytest.raises(
        ValueError, match=r"no page runs SampledHeads\(.*d=31.*allowed: the experiments of pretraining/con"
    ):
        PART.findings(SampledHeads(d=31), xr.Dataset())
    verdict = PART.verdict(SampledHeads(d=31), xr.Dataset())
    assert verdict == "no verdict: no page runs SampledHeads in this configuration"


def test_a_finding_that_cannot_be_computed_is_an_error():
    for ask in (PART.findings, PART.verdict):
        with pytest.raises(AttributeError):
            ask(OneStep(r=2), xr.Dataset())


@pytest.mark.parametrize(
    "gap, outcome", [(2.9, "consistent"), (-2.9, "consistent"), (3.1, "inconsistent"), (-3.1, "inconsistent")]
)
def test_a_mean_is_an_exact_value_within_three_standard_errors(gap, outcome):
    assert comparisons.around("", trials(1 + gap), 1.0).outcome == outcome


def test_an_unknown_outcome_is_refused():
    with pytest.raises(ValueError, match="outcome 'constistent'; allowed: inconsistent, not testable"):
        comparisons.Finding("", "constistent", "")


@pytest.mark.parametrize("silent", ["check", "control"])
def test_a_check_or_a_control_that_finds_nothing_is_an_error(silent):
    one = replace(claim("a"), **{silent: lambda: []})
    with pytest.raises(ValueError, match=f"claim 'a': its {silent} found nothing; allowed: at least one finding"):
        ledger.evaluate([one])


def test_an_experiment_without_findings_is_refused():
    with pytest.raises(ValueError, match="^pretraining/contents.py has no findings for Experiment; allowed"):
        PART.findings(Experiment(), xr.Dataset())


def test_recursion_gap_is_a_relative_distance():
    run = np.array([[[3.0, 0], [0, 4]]])  # iteration, neuron, feature
    axes = ("source", "iteration", "neuron")
    ds = xr.Dataset(
        {"p": ((*axes, "feature"), np.stack([run, run + [[[0.0, 0], [3, 4]]]])), "q": (axes, np.ones((2, 1, 2)))},
        {"source": ["SGD", "recursion"]},
    )
    gap = findings.recursion_gap(ds)
    assert gap.p.values == pytest.approx([1.0]) and gap.q.values == pytest.approx([0.0])


def claim(id, needs=(), outcome="consistent", control="inconsistent"):
    """A claim whose check and control say what they are told."""
    check, fail = ((lambda word=word: [comparisons.Finding(id, word, "")]) for word in (outcome, control))
    return Claim(id, id, f"<{id}>", "-", "identity", {}, "-", "-", "-", "pretraining/steps", needs, check, fail)


def entries():
    """Four claims: two stand alone, one rests on the first, one on this and the second."""
    listed = [claim("a"), claim("b", (), "inconsistent"), claim("c", ("a",), control="inconclusive")]
    return ledger.evaluate([*listed, claim("d", ("c", "b"))])


def test_an_entry_is_as_good_as_its_weakest_finding():
    found = [comparisons.Finding(word, word, "") for word in reversed(comparisons.OUTCOMES)]
    outcomes = [ledger.Entry(claim("a"), tuple(found[:k]), tuple(found)).outcome for k in range(1, 5)]
    assert outcomes == ["consistent", "inconclusive", "not testable", "inconsistent"]


SIZES = {"n": 3, "of": (1, 20_000), "grid": (0.5, 2.0, 4.0, 8.0), "pairs": ((2, 8), (3, 16))}


def test_what_was_tested_is_the_case_that_check_and_control_ran():
    """The planted change of one number changes the words and what is run."""

    def seen(**case):
        return [comparisons.Finding("", "inconsistent", repr(case))]

    made = []
    one = replace(claim("a"), case={"run": lambda: made.append(1) or SampledHeads(), "n": 3}, check=seen, control=seen)
    assert made == []  # nothing is made before it is asked for
    one = replace(one, tested="n = {n}, r = {run.r}", regime="{run.trials} trials", tolerance="at n = {run.n1[0]}")
    for changed, words in ((one.case, "n = 3, r = 3"), ({"run": lambda: SampledHeads(r=5), "n": 4}, "n = 4, r = 5")):
        (entry,) = ledger.evaluate([replace(one, case=changed)])
        case = repr({"run": changed["run"](), "n": changed["n"]})
        assert [entry.found[0].evidence, entry.control[0].evidence] == [case, case]
        page = ledger.listing([entry])
        assert f"<dt>tested</dt><dd>{words}</dd>" in page and "<dd>at n = 2</dd>" in page and "10 trials" in page


def test_a_case_reads_like_a_text():
    words = {"n": "3", "of": "1 and 20000", "grid": "0.5 ... 8", "pairs": "(2, 8) and (3, 16)"}
    assert {name: in_words(value) for name, value in SIZES.items()} == words
    assert in_words((1, 20_000), ",") == "1 and 20,000" and in_words((2, 3, 4)) == "2, 3, 4" == in_words(range(2, 5))
    assert in_words(("stated, nu_a = 1", "robust")) == "(stated, nu_a = 1) and robust"
    assert in_words({"stated": 1, "robust": 2}) == "stated and robust" and in_words("robust") == "robust"
    with pytest.raises(AttributeError):
        replace(claim("a"), case={"run": SampledHeads}).fill("{run.depth}")


def test_an_entry_says_whether_its_control_fails():
    first, second, third, _ = entries()
    assert (first.outcome, second.outcome) == ("consistent", "inconsistent")
    assert first.control_verdict == "fails as it must" and third.control_verdict == "does not fail"


def test_the_listing_has_a_fold_for_each_claim():
    page = BeautifulSoup(ledger.listing(entries()), "html.parser")
    folds = {fold["id"]: fold for fold in page.select("details")}
    assert list(folds) == ["claim-a", "claim-b", "claim-c", "claim-d"]
    assert folds["claim-b"].summary.text == "b inconsistent <b>"
    said = {dt.text: dt.find_next_sibling("dd").text for dt in folds["claim-c"].select("dt")}
    assert said["rests on"] == "a" and said["the control"].startswith("does not fail")


def test_the_graph_has_an_edge_from_each_need_to_its_claim():
    assert graph.depths(entries()) == {"a": 0, "b": 0, "c": 1, "d": 2}
    picture = graph.svg(entries(), "pretraining")
    assert picture.count("<path") == 3 and picture.count("<rect") == 4 and "&lt;b&gt;" in picture
    assert picture.count('<a href="steps.html">') == 4
    assert graph.svg(entries(), ".").count('<a href="pretraining/steps.html">') == 4
    assert graph.svg(entries(), "second").count('<a href="../pretraining/steps.html">') == 4
    edges = np.array([line.split('"')[0].split()[i] for line in picture.split('<path d="M')[1:] for i in (0, -2)])
    starts, ends = edges.reshape(-1, 2).astype(float).T
    assert (ends - starts == graph.GAP_X).sum() == 2 and (ends > starts).all()


def test_claims_that_stand_alone_are_below_the_graph_and_no_box_lies_on_another():
    listed = [claim("a"), claim("b", ("a",)), claim("c", ("b",)), *map(claim, "defghijk")]
    found = graph.places(ledger.evaluate(listed), {"a": 0, "b": 1, "c": 2} | dict.fromkeys("defghijk", 0))
    lowest = max(found[name][1] for name in "abc")
    assert all(found[name][1] > lowest and found[name][2] > graph.WIDTH for name in "defghijk")
    covered = {(x, y) for left, y, wide in found.values() for x in range(left, left + wide)}
    assert len(covered) == sum(wide for _, _, wide in found.values())


@pytest.mark.parametrize("columns", [2, 3])
def test_an_edge_over_several_columns_runs_between_the_rows(columns):
    row, end = graph.HEIGHT / 2, columns * (graph.WIDTH + graph.GAP_X) + graph.GAP_X
    path = graph.edge(0, row, end, row + 3 * (graph.HEIGHT + graph.GAP_Y))
    x, y = (float(number) for number in path.split("L")[1].split()[:2])  # where the straight part ends
    height = float(path.split("L")[0].split()[-1])
    assert x == end - graph.GAP_X and y == height and graph.HEIGHT < y < graph.HEIGHT + graph.GAP_Y

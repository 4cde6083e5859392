"""The ledger: every claim has a check that agrees with the statement and a control that does not."""

import inspect
import re
import string
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mtlcore.lab import comparisons, ledger, store
from mtlcore.lab.claim import Claim
from mtlcore.lab.comparisons import weakest
from mtlcore.lab.experiment import Experiment
from mtlcore.pretraining.contents import PART

ROOT = Path(__file__).parents[2]
IDS = [claim.id for claim in PART.claims]
FIGURES = [claim for claim in PART.claims if claim.kind == "figure"]
#: Claims about figures that the runs contradict or leave open, each in the words of its page; all others agree.
TOLD = {
    "figure-4-with-the-empty-set": "inconsistent",
    "figure-5-paths-stated": "inconclusive",
    "figure-5-paths-stated-with-the-empty-set": "inconclusive",
    "figure-5-paths-robust-with-the-empty-set": "inconsistent",
    "figure-1-stated-nu-a-1": "inconclusive",
    "figure-1-stated-with-the-empty-set": "inconclusive",
    "figure-1-stated-nu-a-1-with-the-empty-set": "inconclusive",
    "figure-1-robust-with-the-empty-set": "inconclusive",
    "figure-2-small-sets-stated": "inconsistent",
    "figure-2-small-sets-robust": "inconsistent",
    "figure-2-zipf-1-robust": "inconclusive",
    "figure-5-left-stated": "inconclusive",
    "figure-5-left-robust": "inconsistent",
    "figure-3-left-stated": "inconsistent",
    "figure-3-left-stated-nu-a-1": "inconclusive",
    "figure-3-left-single-task-stated-nu-a-1": "inconclusive",
    "figure-3-left-single-task-robust": "inconclusive",
}


@pytest.fixture(params=PART.claims, ids=IDS)
def claim(request):
    return request.param


@pytest.mark.long
@pytest.mark.parametrize(
    "claim", [claim for claim in PART.claims if claim.kind != "figure"], ids=lambda claim: claim.id
)
def test_the_check_finds_no_contradiction(claim):
    found = claim.check(**claim.arguments())
    assert weakest(found).outcome in ("consistent", "inconclusive")
    assert any(finding.outcome == "consistent" for finding in found)


@pytest.mark.long
@pytest.mark.parametrize("claim", FIGURES, ids=lambda claim: claim.id)
def test_a_figure_has_the_outcome_that_its_page_tells(claim):
    assert weakest(claim.check(**claim.arguments())).outcome == TOLD.get(claim.id, "consistent")


def test_a_figure_has_a_claim_for_each_set_of_values_and_not_all_of_them_agree():
    for title in {claim.title for claim in FIGURES} - {"Figure 4"}:
        values = {claim.case["setting"].split(",")[0] for claim in FIGURES if claim.title == title}
        assert {"stated", "robust"} <= values, title
    assert set(TOLD) < {claim.id for claim in FIGURES} and set(TOLD.values()) == {"inconsistent", "inconclusive"}


@pytest.mark.long
def test_the_control_fails(claim):
    assert weakest(claim.control(**claim.arguments())).outcome == "inconsistent"


def test_what_was_tested_is_read_from_the_case(claim):
    fields = [(text, name) for text, name, _, _ in string.Formatter().parse(claim.tested)]
    assert not [text for text, _ in fields if re.search(r"\d", text)]
    assert {re.split(r"[.\[]", name)[0] for _, name in fields if name} == set(claim.case)
    for template in (claim.tested, claim.regime, claim.tolerance):
        assert not re.search(r"[{}]|<", claim.fill(template))  # nothing is left open, no object shows its address


def test_a_record_of_the_case_is_called_run(claim):
    made = {name for name, value in claim.arguments().items() if isinstance(value, Experiment)}
    assert made == {"run"} & set(claim.case)


def test_check_and_control_take_the_case(claim):
    assert set(inspect.signature(claim.check).parameters) == set(claim.case)
    inspect.signature(claim.control).bind(**claim.case)


def test_no_check_or_control_ignores_what_it_takes():
    files = sorted((ROOT / "mtlcore" / "pretraining").glob("*/claims.py"))
    assert len(files) == len(PART.chapters)
    call = [sys.executable, "-m", "ruff", "check", "--quiet", "--no-cache", "--select", "ARG001,ARG005", *files]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


class Asked(Exception):
    """Somebody asked the store."""


@pytest.mark.parametrize("claim", [claim for claim in PART.claims if "run" in claim.case], ids=lambda claim: claim.id)
def test_another_configuration_changes_the_words_and_what_is_run(claim, monkeypatch):

    def asked(experiment):
        raise Asked(experiment.seed)

    changed = replace(claim, case=claim.case | {"run": lambda: replace(claim.case["run"](), seed=987, trials=654)})
    assert "seed 987" in changed.fill(changed.tested) and "654" in changed.fill(changed.tested)
    monkeypatch.setattr(store, "get", asked)
    for call in (changed.check, changed.control):
        with pytest.raises(Asked, match="987"):
            call(**changed.arguments())


def test_another_number_of_a_computation_changes_the_words_and_what_is_run():
    (claim,) = (claim for claim in PART.claims if claim.id == "exponential-r")
    changed = replace(claim, case=claim.case | {"learners": 2_000})
    before, after = ledger.evaluate([claim, changed])
    assert before.found[0].evidence != after.found[0].evidence
    assert [one.fill(one.tested).count(" 2,000 simulated") for one in (claim, changed)] == [0, 1]


def test_every_field_says_something(claim):
    for field in ("id", "title", "statement", "known", "tested", "regime", "tolerance", "chapter"):
        assert getattr(claim, field).strip()
    assert re.fullmatch("[a-z0-9-]+", claim.id)


def test_a_claim_rests_on_claims_before_it(claim):
    assert set(claim.needs) <= set(IDS[: IDS.index(claim.id)])


def test_the_chapter_exists_and_shows_the_claim(claim):
    folder, _, name = claim.chapter.partition("/")
    assert folder == PART.name and claim in PART.chapters[name].claims
    assert re.search(r"ledger\.evaluate\(.*claims\.CLAIMS", (ROOT / "book" / f"{claim.chapter}.md").read_text())


def test_ids_are_unique():
    assert len(set(IDS)) == len(IDS)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"kind 'hunch'; allowed: identity"):
        Claim(**{**vars(PART.claims[0]), "kind": "hunch"})


def test_within_can_fail():
    assert comparisons.within("", 1.0, 1.0).outcome == "consistent"
    assert comparisons.within("", 1.1, 1.0).outcome == "inconsistent"

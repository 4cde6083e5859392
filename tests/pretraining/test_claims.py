"""The ledger: every claim has a check that agrees with the statement and a control that does not."""

import re
from pathlib import Path

import pytest

from mtlcore.lab import comparisons
from mtlcore.lab.claim import Claim, worst
from mtlcore.pretraining.contents import PART

ROOT = Path(__file__).parents[2]
IDS = [claim.id for claim in PART.claims]


@pytest.fixture(params=PART.claims, ids=IDS)
def claim(request):
    return request.param


@pytest.mark.long
def test_the_check_finds_no_contradiction(claim):
    found = claim.check()
    assert found and worst(found) in ("consistent", "inconclusive")
    assert any(finding.outcome == "consistent" for finding in found)


@pytest.mark.long
def test_the_control_fails(claim):
    found = claim.control()
    assert found and worst(found) == "inconsistent"


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

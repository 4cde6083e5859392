"""The ledger: every claim has a check that agrees with the statement and a control that does not."""

import re
from pathlib import Path

import pytest

from mtlcore import claims

ROOT = Path(__file__).parent.parent
IDS = [claim.id for claim in claims.CLAIMS]


@pytest.fixture(params=claims.CLAIMS, ids=IDS)
def claim(request):
    return request.param


@pytest.mark.long
def test_the_check_finds_no_contradiction(claim):
    found = claim.check()
    assert found and claims.worst(found) in ("consistent", "inconclusive")
    assert any(finding.outcome == "consistent" for finding in found)


@pytest.mark.long
def test_the_control_fails(claim):
    found = claim.control()
    assert found and claims.worst(found) == "inconsistent"


def test_every_field_says_something(claim):
    for field in ("id", "title", "statement", "known", "tested", "regime", "tolerance", "chapter"):
        assert getattr(claim, field).strip()
    assert re.fullmatch("[a-z0-9-]+", claim.id)


def test_a_claim_rests_on_claims_before_it(claim):
    assert set(claim.needs) <= set(IDS[: IDS.index(claim.id)])


def test_the_chapter_exists_and_shows_the_claim(claim):
    page = ROOT / "book" / f"{claim.chapter}.md"
    assert f'"{claim.id}"' in page.read_text()


def test_ids_are_unique():
    assert len(set(IDS)) == len(IDS)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"kind 'hunch'; allowed: identity"):
        claims.Claim(**{**vars(claims.CLAIMS[0]), "kind": "hunch"})


def test_within_can_fail():
    assert claims.within("", 1.0, 1.0).outcome == "consistent"
    assert claims.within("", 1.1, 1.0).outcome == "inconsistent"

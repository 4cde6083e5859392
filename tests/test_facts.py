"""README's sizes and times are those of the last run of CI, or of the one that it was written from."""

import json

import pytest
from facts import KEPT, LAST, ROOT, off

README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("file", [KEPT, LAST], ids=["kept", "last"])
def test_readme_says_what_was_measured(file):
    if file is LAST and not file.exists():
        pytest.skip("no run of CI in this clone")
    assert off(README, json.loads(file.read_text())) == []


@pytest.mark.parametrize("name", ["packages", "megabytes", "experiments", "tests"])
def test_a_number_that_is_off_is_named(name):
    facts = json.loads(KEPT.read_text())
    (line,) = off(README, facts | {name: 5 * facts[name]})
    assert line.startswith(f"README.md: {name} ")
    assert (off(README, facts | {name: 5 * facts[name], "cores": 16}) == []) == (name in ("experiments", "tests"))

"""Declared numbers: each kind of tolerance lets through what it should and nothing more, and a failure says where."""

import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
import references
import xarray as xr
from small import EXPERIMENTS, quantities

from mtlcore.lab.quantities import KINDS, POINTS, Quantity, Tolerance, check, measure
from mtlcore.pretraining.contents import PART

TESTS = Path(__file__).parents[1]


def tolerance(kind, amount, **more):
    return Tolerance(kind, amount, "for the test", **more)


def verdict(tolerance, old, new, error=0.0, same_machine=False):
    return check(Quantity("x", new, error, tolerance).record(), {"value": old, "error": error}, same_machine)


@pytest.mark.parametrize(
    "tolerance, old, error, passes, fails",
    [
        (tolerance("exact", 0), 3, 0.0, 3, 4),
        (tolerance("exact", 0), "consistent", 0.0, "consistent", "inconclusive"),
        (tolerance("across machines", 1e-3), -2.0, 0.0, -2.0019, -2.0021),
        (tolerance("across machines", 1e-3, floor=0.1), 1e-9, 0.0, 0.099, 0.101),
        (tolerance("statistical", 2.0), 1.0, 0.1, 1.19, 1.21),
        (tolerance("statistical", 2.0), [1.0, 5.0], [0.1, 0.01], [1.19, 5.01], [1.0, 5.1]),
        (tolerance("ordering", 3.0), [1.0, 2.0, 2.1], [0.1, 0.1, 0.1], [1.0, 2.1, 2.0], [2.1, 2.0, 3.0]),
        (tolerance("curve shape", 0.1), [0.0, 5.0, 10.0], [0.0, 0.0, 0.0], [0.9, 5.0, 9.1], [0.0, 6.1, 10.0]),
        (tolerance("curve shape", 0.1), [1.0, 1.0], [0.2, 0.2], [1.1, 0.9], [1.3, 1.0]),
    ],
)
def test_each_kind_passes_and_fails_where_it_should(tolerance, old, error, passes, fails):
    assert verdict(tolerance, old, old, error).moved == 0
    assert verdict(tolerance, old, passes, error).passed
    assert not verdict(tolerance, old, fails, error).passed


def test_same_machine_is_stricter_here_than_elsewhere():
    strict = tolerance("same machine", 1e-9, elsewhere=1e-3)
    assert verdict(strict, 1.0, 1.0005, same_machine=False).passed
    assert not verdict(strict, 1.0, 1.0005, same_machine=True).passed
    assert verdict(strict, 1.0, 1 + 1e-10, same_machine=True).passed


def test_another_shape_or_sort_of_value_is_never_close():
    for new in ([1.0, 1.0], "1.0"):
        assert verdict(tolerance("across machines", 9.0), 1.0, new).moved == math.inf


def test_distance_is_in_tolerances_and_the_line_names_the_place():
    line = verdict(tolerance("across machines", 0.1), [1.0, 2.0], [1.0, 2.5])
    assert line.moved == pytest.approx(2.5)
    assert str(line) == "x[1]: expected 2, got 2.5, allowed ± 0.2 (across machines: for the test)"


def test_measure_takes_mean_and_standard_error_over_trials():
    x = xr.DataArray([[1.0, 2.0], [3.0, 6.0]], dims=("trial", "T"))
    quantity = measure("x", x, tolerance("statistical", 1))
    assert quantity.value == [2.0, 4.0] and quantity.error == pytest.approx([1.0, 2.0])
    assert measure("x", np.float32(0.5), tolerance("exact", 0)).value == 0.5
    assert measure("x", "word", tolerance("exact", 0)).value == "word"


def test_a_long_curve_is_thinned_and_keeps_its_ends():
    curve = measure("x", xr.DataArray(np.arange(1000.0), dims="iteration"), tolerance("curve shape", 1))
    assert len(curve.value) == len(curve.error) == POINTS and curve.value[0] == 0 and curve.value[-1] == 999


@pytest.mark.parametrize(
    "x, kind, message",
    [
        (np.zeros((2, 2)), "exact", "at most one dimension besides 'trial'"),
        (np.nan, "exact", "not finite; allowed: finite values"),
        (1.0, "ordering", "two or more"),
        ([1.0], "curve shape", "two or more"),
        (1.0, "statistical", "two trials or more"),
    ],
)
def test_measure_refuses(x, kind, message):
    with pytest.raises(ValueError, match=f"^name: .*{message}"):
        measure("name", x, tolerance(kind, 1))


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("guess", 1, "r"), "tolerance kind 'guess'; allowed: exact, same machine"),
        (("exact", 0, " "), "without a reason"),
        (("exact", -1, "r"), "not negative"),
    ],
)
def test_a_tolerance_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        Tolerance(*arguments)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_short_run_repeats_its_numbers(name):
    """All variables of every experiment, at a small size."""
    records = {quantity.name: quantity.record() for quantity in quantities(name)}
    own = f"small.{name}."
    seen = [v for v in references.verdicts(records, references.SMALL) if v.name.startswith(own)]
    assert len(seen) >= 3
    assert all(v.passed for v in seen), "\n".join(f"experiment {name}: {v}" for v in seen if not v.passed)


def test_every_experiment_has_a_short_run():
    assert {type(experiment) for experiment in EXPERIMENTS.values()} == {type(e) for e in PART.experiments()}


def test_all_kinds_of_tolerance_are_in_use():
    text = "\n".join(path.read_text() for path in [TESTS / "small.py", *references.chapters()])
    named = {
        name: t.kind
        for name, t in (vars(sys.modules["mtlcore.lab.quantities"]) | vars(sys.modules["small"])).items()
        if isinstance(t, Tolerance)
    }
    assert {kind for name, kind in named.items() if name in text} == set(KINDS)


def test_no_page_quotes_a_number_that_it_does_not_declare():
    assert not [page.name for page in references.chapters() if "myst_nb" in page.read_text()]


def test_loading_reads_the_foundation_only_and_nothing_that_draws_or_trains():
    code = "import sys, mtlcore.lab.quantities; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    )
    assert {name.split(".")[1] for name in loaded if name.startswith("mtlcore.")} == {"lab"}
    assert not loaded & {"IPython", "matplotlib", "torch"}


CELL = 'from mtlcore.lab.quantities import THEORY, declare\ndeclare("answer", {}, THEORY)'


def test_a_failing_number_is_named_with_chapter_cell_expected_got_and_allowed(tmp_path):
    """Three chapters of one cell: one in order, one whose number moved, one with another name than its reference."""
    for stem, value, reference in (("good", 42.0, "answer"), ("moved", 42.1, "answer"), ("renamed", 42.0, "question")):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL.format(value), execution_count=1)])
        nbformat.write(notebook, tmp_path / f"{stem}.ipynb")
        numbers = {reference: {"cell": 0, "value": 42.0, "error": 0.0}}
        (tmp_path / f"{stem}.json").write_text(json.dumps({"machine": None, "quantities": numbers}))
    call = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-rA", "-p", "declared"]
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": path, "NO_COLOR": "1"}
    done = subprocess.run([*call, "--rootdir", tmp_path, tmp_path], env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and "2 failed, 1 passed" in done.stdout, done.stdout
    assert re.search("PASSED.*good.ipynb", done.stdout)
    line = "chapter moved, cell 0: answer: expected 42, got 42.1, allowed ± 4.2e-07 (across machines: float64 sums"
    assert line in done.stdout
    assert "chapter renamed, cell 0: answer: expected no reference, got 42.0" in done.stdout
    assert "chapter renamed, cell 0: question: expected 42.0, got nothing" in done.stdout


@pytest.fixture
def refresh(tmp_path, monkeypatch):
    """Renew the reference of an imaginary chapter that prints an outcome and declares a number."""
    monkeypatch.setattr(references, "ROOT", tmp_path)
    monkeypatch.setattr(references, "REFERENCES", tmp_path)
    page = references.BOOK / "imaginary.md"

    def renew(outcome, value, accept=False):
        record = measure("answer", value, tolerance("across machines", 0.1)).record()
        outputs = [
            nbformat.v4.new_output("stream", text=f"{outcome} claim: the sun rises\n"),
            nbformat.v4.new_output("display_data", data={references.GLUED: "x", references.DECLARED: record}),
        ]
        cell = nbformat.v4.new_code_cell("", outputs=outputs, execution_count=1)
        monkeypatch.setattr(references, "execute", lambda _: nbformat.v4.new_notebook(cells=[cell]))
        return references.write(page, accept)

    renew.path = references.reference(page)
    return renew


def test_a_refresh_says_what_moved_and_by_how_much(refresh, capsys):
    assert refresh("consistent", 1.0)
    capsys.readouterr()
    assert refresh("consistent", 1.3)
    assert "3 tolerances  answer: expected 1, got 1.3, allowed ± 0.1" in capsys.readouterr().out
    assert references.stored(refresh.path.with_suffix(".json"))["quantities"]["answer"]["value"] == 1.3
    assert references.DECLARED not in refresh.path.read_text()


def test_a_changed_outcome_is_not_written_unless_meant(refresh, capsys):
    assert refresh("consistent", 1.0)
    before = refresh.path.read_bytes(), refresh.path.with_suffix(".json").read_bytes()
    assert not refresh("inconsistent", 2.0)
    shown = capsys.readouterr().out
    assert "- consistent claim" in shown and "+ inconsistent claim" in shown and "--accept-outcomes" in shown
    assert (refresh.path.read_bytes(), refresh.path.with_suffix(".json").read_bytes()) == before
    assert refresh("inconsistent", 2.0, accept=True)
    assert "inconsistent claim" in refresh.path.read_text()


def test_a_new_claim_is_written_and_named_and_one_that_is_gone_is_a_change(refresh, capsys):
    one, two = "consistent", "consistent first: the moon rises\nconsistent"
    assert refresh(one, 1.0) and "outcomes" not in capsys.readouterr().out
    assert refresh(two, 1.0)
    shown = capsys.readouterr().out
    assert "new outcomes\n  + consistent first: the moon rises\nwrote" in shown and "  - " not in shown
    assert "first" in refresh.path.read_text()
    assert not refresh(one, 1.0) and "  - consistent first" in capsys.readouterr().out

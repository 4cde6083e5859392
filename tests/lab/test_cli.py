"""The command line: a tiny run, and one clear line for every bad input."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

from mtlcore.__main__ import COMMANDS, main
from mtlcore.lab import part, store
from mtlcore.pretraining.contents import PART
from mtlcore.pretraining.steps.sweeps import SampledHeads

ROOT = Path(__file__).parents[2]
TINY = [
    "run",
    "shared-head",
    "--trials",
    "2",
    "--set",
    "steps=4",
    "--set",
    "every=2",
    "--set",
    "samples=64",
    "--set",
    "T=16",
]


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("MTLCORE_STORE", str(tmp_path))
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setenv("MTLCORE_DEVICE", "cpu")  # what --device sets ends with the test
    return tmp_path


BAD = {
    "chapter 'fig9'": ["run", "fig9"],
    "device 'tpu7'": ["run", "pseudo-contrastive", "--device", "tpu7"],
    "T = 0": ["run", "representation", "--set", "T=0"],
    "r = 40": ["run", "pseudo-contrastive", "--set", "r=40"],
    "n1 = 0": ["run", "representation", "--set", "samples=1", "--set", "T=2"],
    "n = 0": ["run", "representation", "--set", "n=0"],
    "trials = 0": ["run", "representation", "--trials", "0"],
    "eta = -1": ["run", "representation", "--set", "eta=-1"],
    "eta = 'fast'": ["run", "representation", "--set", "eta=fast"],
    "law 'odd'": ["run", "representation", "--set", "laws=odd"],
    "foo": ["run", "representation", "--set", "foo=1"],
    "'eta'": ["run", "representation", "--set", "eta"],
    "seed = -3": ["run", "representation", "--set", "seed=-3"],
}


@pytest.mark.parametrize("value", BAD)
def test_bad_input_gets_one_line_that_names_the_value_and_what_is_allowed(value, capsys, own_store):
    assert main(BAD[value]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert value in err and "allowed" in err
    assert not list(own_store.iterdir())


def records(folder):
    """The records in a store."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def test_a_run_is_stored_and_read_again(capsys, own_store):
    assert main(TINY) == 0
    first = capsys.readouterr().out
    (record,) = records(own_store)
    stamp = record.stat().st_mtime_ns
    assert first.startswith(f"{record}  (")
    assert main(TINY) == 0
    assert capsys.readouterr().out == first
    assert records(own_store) == [record] and record.stat().st_mtime_ns == stamp


def test_what_no_page_runs_gets_no_verdict_in_one_line(capsys):
    main(TINY)
    _, verdict = capsys.readouterr().out.splitlines()
    assert verdict == "no verdict: no page runs SharedHead in this configuration"


def test_what_a_page_runs_gets_its_findings_and_a_mistyped_label_is_loud(capsys, monkeypatch):
    """The data set of the page's own configuration, as it comes from the store, and one with another name in it."""
    error = xr.DataArray([[[0.07 * (1 + 0.001 * t) for t in range(4)]] * 2], dims=("pool", "point", "trial"))
    ds = xr.Dataset({"error": error, "limit": error}, {"n1": ("point", [2, 16]), "T": ("point", [7, 7])})
    record = json.dumps({"seconds": 1.0, "hardware": {"device": "cpu"}})
    monkeypatch.setattr(part.Part, "experiments", lambda self, chapter="all": [SampledHeads()])
    monkeypatch.setattr(store, "get", lambda experiment: ds.assign_attrs(record=record))
    assert main(["run", "steps"]) == 0
    assert capsys.readouterr().out.count("consistent    (ours)") == 2
    ds = ds.rename(limit="limti")
    with pytest.raises(AttributeError, match="limit"):
        main(["run", "steps"])


def test_set_reaches_every_setting(own_store):
    assert main([*TINY, "--set", "eta=0.05"]) == 0
    for path in records(own_store):
        settings = json.loads((path / "record.json").read_text())["configuration"]["settings"]
        assert {hyper["eta"] for hyper in settings.values()} == {0.05}
        assert settings["stated"]["lam_w"] != settings["robust"]["lam_w"]


def test_the_record_says_what_ran_and_where(own_store):
    main(TINY)
    for path in records(own_store):
        record = json.loads((path / "record.json").read_text())
        assert record["configuration"]["trials"] == 2 and record["configuration"]["seed"] >= 0
        assert {"python", "numpy", "torch"} <= set(record["versions"])
        assert record["hardware"]["device"] == "cpu" and record["seconds"] >= 0
        assert dict(store.read(path).sizes)["trial"] == 2


def test_the_ledger_is_printed_claim_by_claim(capsys):
    assert main(["claims", "beta", "separation"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("consistent    beta:") and second.startswith("consistent    separation:")
    assert first.endswith("[control fails as it must]")


def test_the_claims_of_a_part_are_asked_for_by_its_name(capsys, monkeypatch):
    (beta,) = (claim for claim in PART.claims if claim.id == "beta")
    chapters = {"pseudo-contrastive": part.Chapter(list, claims=(beta,))}
    monkeypatch.setattr(part, "load", lambda name: part.Part(name, name, chapters))
    assert main(["claims", "pretraining"]) == 0 == main(["claims"])
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == ["beta:", "beta:"]


def test_an_unknown_claim_gets_one_line(capsys):
    assert main(["claims", "figure-9"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and "'figure-9'" in err and "allowed" in err


HEAVY = """
import sys
from mtlcore.__main__ import main
code = main(sys.argv[1:])
print(code, sorted({"torch", "numpy", "pandas", "xarray", "scipy", "matplotlib"} & set(sys.modules)))
"""


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_loads_nothing_that_computes(command):
    call = [sys.executable, "-c", HEAVY, *command.split(), "--help"]
    done = subprocess.run(call, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("Usage: ") and done.stdout.splitlines()[-1] == "0 []"


def test_every_command_is_found_by_its_name(capsys):
    assert main([]) == 0
    listed = capsys.readouterr().out.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert main(["runn"]) == 2
    assert "runn" in capsys.readouterr().err

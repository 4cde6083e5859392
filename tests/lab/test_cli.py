"""The command line: a tiny run, and one clear line for every bad input."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

import mtlcore
from mtlcore.__main__ import COMMANDS, main
from mtlcore.commands.choosing import chosen
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
    monkeypatch.setenv("MTLCORE_DEVICE", "cpu")  # what options set ends with the test
    monkeypatch.setenv("MTLCORE_JOBS", "2")
    return tmp_path


def run(what, *settings):
    """The arguments that run an experiment with some values set."""
    return ["run", what, *(word for setting in settings for word in ("--set", setting))]


BAD = {
    "chapter 'stepps'": ["run", "stepps"],
    "figure 'fig9'": ["run", "fig9"],
    "experiment 'Taskcount'": ["run", "Taskcount"],
    "module 'nowhere'": ["run", "nowhere:TaskCount"],
    "'nowhere.py'": ["run", "nowhere.py:TaskCount"],
    "no experiment 'Hyper'": ["run", "mtlcore.pretraining.algorithm:Hyper"],
    "device 'tpu7'": ["run", "pseudo-contrastive", "--device", "tpu7"],
    "T = 0": run("representation", "T=0"),
    "r = 40": run("pseudo-contrastive", "r=40"),
    "samples = 1": run("representation", "samples=1", "T=2"),
    "n = 0": run("representation", "n=0"),
    "trials = 0": ["run", "representation", "--trials", "0"],
    "trials is given 2 times": ["run", "representation", "--trials", "2", "--set", "trials=3"],
    "eta = -1": run("representation", "eta=-1"),
    "eta = 'fast'": run("representation", "eta=fast"),
    "eta = True": run("representation", "eta=True"),
    "law 'odd'": run("representation", "laws=odd"),
    "foo": run("representation", "foo=1"),
    "'eta'": run("representation", "eta"),
    "'T='": run("representation", "T="),
    "T = 'nan'": run("TaskCount", "T=nan"),
    "Skew: T = [1, 16]": run("Skew", "T=[1,16]"),
    "T = True": run("TaskCount", "T=1,True"),
    "T = 1.5": run("TaskCount", "T=1.5,2"),
    "T = ()": run("TaskCount", "T=()"),
    "laws = ()": run("Skew", "laws=()"),
    "settings = {}": run("TaskCount", "settings={}"),
    "seed = -3": run("representation", "seed=-3"),
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
    assert re.match(r"SharedHead\(trials=2, .*T=\(16,\).*\): [\d.]+ s on cpu, ", first)
    assert first.splitlines()[0].endswith(f", {record}")
    assert main(TINY) == 0
    assert capsys.readouterr().out == first
    assert records(own_store) == [record] and record.stat().st_mtime_ns == stamp


def test_what_no_page_runs_gets_no_verdict_in_one_line(capsys):
    main(TINY)
    _, verdict = capsys.readouterr().out.splitlines()
    assert verdict == "no verdict: no page runs SharedHead in this configuration"


@pytest.fixture
def sampled_heads(monkeypatch):
    """The data set of a page's own configuration, as it comes from the store; what is in it, to be changed."""
    error = xr.DataArray([[[0.07 * (1 + 0.001 * t) for t in range(4)]] * 2], dims=("pool", "point", "trial"))
    ds = xr.Dataset({"error": error, "limit": error}, {"n1": ("point", [2, 16]), "T": ("point", [7, 7])})
    held = {"ds": ds.assign_attrs(record=json.dumps({"seconds": 1.0, "hardware": {"device": "cpu"}}))}
    monkeypatch.setattr(store, "get", lambda experiment: held["ds"].isel(trial=slice(0, experiment.trials)))
    return held


@pytest.mark.parametrize(("trials", "says"), [("4", "consistent"), ("1", "inconclusive")])
def test_what_a_page_runs_gets_its_findings_and_one_trial_finds_nothing(trials, says, sampled_heads, capsys):
    assert main(["run", "SampledHeads", "--trials", trials]) == 0
    _, *verdict = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in verdict] == [says] * 2
    assert all(line.endswith(": too few trials") == (trials == "1") for line in verdict)


def test_a_failure_is_named_at_the_end_and_stops_no_other_experiment(sampled_heads, monkeypatch, capsys):
    """A mistyped label is a failure too: no finding is left out in silence."""
    experiments = [SampledHeads(), SampledHeads(trials=3), SampledHeads(seed=7)]
    monkeypatch.setattr(part.Part, "experiments", lambda self, chapter="all": experiments)
    good = store.get

    def get(experiment):
        if experiment.trials == 3:
            raise ValueError("training diverged")
        return good(experiment).rename(limit="limti") if experiment.seed == 7 else good(experiment)

    monkeypatch.setattr(store, "get", get)
    assert main(["run", "steps", "--traceback"]) == 2
    out, err = capsys.readouterr()
    assert out.count("consistent    (ours)") == 2 and "in get\n" in err
    assert err.splitlines()[-2] == "mtlcore: SampledHeads(trials=3): training diverged"
    assert re.match(r"mtlcore: SampledHeads\(seed=7\): AttributeError: .*limit", err.splitlines()[-1])


def test_a_dry_run_tells_what_the_store_has_and_how_long_the_rest_took(own_store, capsys):
    assert main([*TINY, "--dry-run"]) == 0
    assert capsys.readouterr().out.endswith("): to compute, for the first time here\n") and not records(own_store)
    main(TINY)
    (record,) = records(own_store)
    capsys.readouterr()
    main([*TINY, "--dry-run"])
    assert capsys.readouterr().out.endswith(f"): in the store, {record}\n")
    record.rename(record.with_name("shared-head-0"))  # what a change of the package leaves behind
    main([*(word.replace("steps=4", "steps=6") for word in TINY), "--dry-run"])
    assert capsys.readouterr().out.endswith("): to compute, for the first time here\n")
    main(["3" if word == "2" else word for word in TINY] + ["--dry-run"])
    assert re.search(r"\): to compute; 2 trials took [\d.]+ s\n$", capsys.readouterr().out)


OWN = """
import dataclasses
import xarray as xr
from mtlcore.lab.experiment import Experiment

@dataclasses.dataclass(frozen=True)
class Own(Experiment):
    d: int = 3

    def block(self, draws):
        return xr.Dataset({"x": ("trial", [float(self.d)] * len(draws.trials))})

@dataclasses.dataclass(frozen=True, kw_only=True)
class Bare(Own):
    e: int
"""


@pytest.mark.parametrize("where", ["{}/own_one.py:Own", "own_two:Own"])
def test_an_experiment_of_ones_own_is_run_from_its_file_or_its_module(where, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.chdir(tmp_path)
    for name in ("own_one", "own_two"):
        Path(f"{name}.py").write_text(OWN)
    where = where.format(tmp_path)
    assert main(run(where, "d=5", "trials=2")) == 0
    assert capsys.readouterr().out.startswith("Own(trials=2, d=5): ")
    assert main(["run", where.replace("Own", "Bare")]) == 2
    assert "Bare has no default for e; allowed" in capsys.readouterr().err
    Path("json.py").write_text(OWN)
    assert main(["run", "json.py:Own"]) == 2
    assert "'json.py' has the name of another module" in capsys.readouterr().err


def test_what_is_chosen_by_a_name():
    kinds = {
        "fig-recursion": "Recursion Recursion",
        "fan-out": "FanOut FanOut FanOut Recursion Recursion",
        "Skew": "Skew",
    }
    for name, expected in kinds.items():
        found = chosen(name)
        assert " ".join(type(experiment).__name__ for _, experiment in found) == expected
        assert all(home is PART for home, _ in found)
    assert len(chosen("all")) == len(chosen("pretraining")) == len(PART.experiments())


@pytest.mark.parametrize(
    ("kind", "row"),
    {
        "parts": "pretraining Multi-task pretraining",
        "chapters": "fan-out pretraining FanOut, Recursion",
        "figures": "fig-skew representation Skew()",
        "experiments": "Recursion(r=3) fan-out",
        "claims": PART.claims[0].statement,
    }.items(),
)
def test_a_list_has_a_line_for_each(kind, row, capsys):
    assert main(["list", kind]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert any(line.endswith(row) for line in lines)


def test_a_reader_who_leaves_is_not_told_of_it(tmp_path):
    call = f"set -o pipefail; {shlex.quote(sys.executable)} -m mtlcore list claims | head -n 1"
    done = subprocess.run(["bash", "-c", call], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.count("\n") == 1 and done.stderr == ""


def test_names_are_completed():
    asked = {"_MTLCORE_COMPLETE": "bash_complete", "COMP_WORDS": "mtlcore run rep", "COMP_CWORD": "2"}
    call = [sys.executable, "-c", "from mtlcore.__main__ import main; main()"]
    done = subprocess.run(call, cwd=ROOT, env=os.environ | asked, capture_output=True, text=True)
    assert done.stdout.split() == ["plain,representation"]


def test_options_win_over_the_environment(monkeypatch, capsys):
    monkeypatch.setenv("MTLCORE_DEVICE", "tpu7")
    monkeypatch.setenv("MTLCORE_JOBS", "5")
    assert main(["run", "Skew", "--device", "cpu", "--jobs", "3", "--dry-run"]) == 0
    assert os.environ["MTLCORE_JOBS"] == "3"
    assert main(["run", "Skew", "--jobs", "0"]) == 2 and "--jobs" in capsys.readouterr().err
    assert main(["--version"]) == 0 and capsys.readouterr().out == f"mtlcore {mtlcore.__version__}\n"


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

"""Records: what is computed once, when it is computed again, and what an accident leaves behind."""

import importlib
import json
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from tolerances import SINGLE_PRECISION_RUN

from mtlcore.lab import disk, parallel, progress, source, store
from mtlcore.lab.draws import Draws
from mtlcore.lab.experiment import Experiment
from mtlcore.pretraining.algorithm import ROBUST
from mtlcore.pretraining.downstream.dimensions import Dimensions
from mtlcore.pretraining.downstream.sample_sizes import SampleSizes
from mtlcore.pretraining.end_to_end.independence import Independence
from mtlcore.pretraining.fan_out.paths import FanOut
from mtlcore.pretraining.fan_out.recursion import Recursion
from mtlcore.pretraining.limits.controls import Controls
from mtlcore.pretraining.limits.every_task import EveryTask
from mtlcore.pretraining.limits.informative_task import InformativeTask
from mtlcore.pretraining.limits.one_task import OneTask
from mtlcore.pretraining.limits.random_features import RandomFeatures
from mtlcore.pretraining.limits.scaling import Scaling
from mtlcore.pretraining.pseudo_contrastive.matrix import ContrastiveMatrix
from mtlcore.pretraining.representation.skew import Skew
from mtlcore.pretraining.representation.task_count import TaskCount
from mtlcore.pretraining.shared_head.heads import SharedHead
from mtlcore.pretraining.steps.one_step import OneStep
from mtlcore.pretraining.steps.phases import Phases
from mtlcore.pretraining.steps.sweeps import (
    SampledDimensions,
    SampledEmptySet,
    SampledHeads,
    SampledLaws,
    SampledTasks,
)

SETTINGS = {"robust": ROBUST}
TINY = TaskCount(trials=2, steps=4, T=(1, 2), d=6, samples=8, every=2, settings=SETTINGS, device="cpu")
SMALL = {
    "task-count": TINY,
    "skew": Skew(trials=2, steps=2, every=1, T=3, n=2, d=6, m=4, settings=SETTINGS, device="cpu"),
    "dimensions": Dimensions(
        trials=2, steps=2, snapshots=(1, 2), d=(5, 6), n=1, N=8, m=4, settings=SETTINGS, device="cpu",
        trained=("multi-task | robust", "single task | robust", "single task, fixed | robust"),
    ),
    "sample-sizes": SampleSizes(
        trials=2, steps=2, snapshots=(1, 2), d=6, n=1, T=2, N=(4, 8), m=4, m_hat=5, settings=SETTINGS,
        single=("robust",), device="cpu",
    ),
    "contrastive-matrix": ContrastiveMatrix(trials=2, d=6, T=(1, 3), n=10, device="cpu"),
    "shared-head": SharedHead(trials=2, steps=2, every=1, T=(2,), samples=8, d=6, m=4, settings=SETTINGS, device="cpu"),
    "fan-out": FanOut(trials=2, steps=2, every=1, T=2, samples=8, d=6, m=4, settings=SETTINGS, device="cpu"),
    "one-step": OneStep(trials=2, d=(5, 6), m=4, device="cpu"),
    "sampled-dimensions": SampledDimensions(trials=2, d=(5, 6), m=4, n2=(4,), device="cpu"),
    "sampled-empty-set": SampledEmptySet(trials=2, d=(5, 6), m=4, total=(12,), device="cpu"),
    "sampled-tasks": SampledTasks(trials=2, d=6, m=4, T=(3,), n1=(2,), total=12, device="cpu"),
    "sampled-heads": SampledHeads(trials=2, d=6, m=4, n1=(2, 3), n2=4, device="cpu"),
    "sampled-laws": SampledLaws(trials=2, d=6, m=4, T=5, n1=2, n2=4, device="cpu"),
    "phases": Phases(trials=2, d=6, m=4, n=8, Lambda=(0.5, 2.0), window=(1, 3), device="cpu"),
    "recursion": Recursion(trials=2, d=6, m=4, n=8, steps=2, every=1, device="cpu"),
    "independence": Independence(trials=2, d=(4, 6), m_hat=4, N=8, steps=2, test_samples=8, device="cpu"),
    "every-task": EveryTask(trials=2, r=2, d=6, m=4, n=4, N=8, steps=2, settings=SETTINGS, device="cpu"),
    "one-task": OneTask(trials=2, d=6, m=4, n=4, steps=2, device="cpu"),
    "informative-task": InformativeTask(trials=2, d=6, m=4, N=(16,), device="cpu"),
    "random-features": RandomFeatures(trials=2, d=(3, 4), m_hat=(2, 5), device="cpu"),
    "controls": Controls(trials=2, d=6, m=4, n=4, steps=2, every=1, device="cpu"),
    "scaling": Scaling(trials=2, d=(4, 6), n=(4, 8), d_of_n=4, n_of_d=8, T=(3, 5), device="cpu"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty store."""
    monkeypatch.setenv("MTLCORE_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


@pytest.fixture
def computed(monkeypatch):
    """The experiments computed so far, one entry for each block."""
    calls, block = [], TaskCount.block

    def counting(self, draws):
        calls.append(draws.trials)
        return block(self, draws)

    monkeypatch.setattr(TaskCount, "block", counting)
    return calls


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package's source, to be changed."""
    shutil.copytree(source.PACKAGE, tmp_path / "mtlcore", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(source, "PACKAGE", tmp_path / "mtlcore")
    return tmp_path / "mtlcore"


def edit(path, old, new):
    """Replace the first occurrence."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def records(folder):
    """What lies in the store, temporary folders included, locks left out."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".locks") if folder.exists() else []


@pytest.mark.parametrize("name", SMALL)
def test_a_record_is_what_was_computed_coordinates_included(name):
    experiment = SMALL[name]
    stored, again = store.get(experiment), store.get(experiment)
    xr.testing.assert_identical(stored, again)
    xr.testing.assert_equal(stored, parallel.compute(experiment))
    assert experiment.name == name
    assert [name for name, values in stored.variables.items() if "long_name" not in values.attrs] == []
    assert all(np.isfinite(values).all() for values in stored.values())


def test_a_second_request_computes_nothing(computed):
    store.get(TINY)
    store.get(replace(TINY))
    assert len(computed) == 1
    store.get(replace(TINY, seed=1))
    assert len(computed) == 2


def test_more_trials_than_memory_holds_are_refused_before_they_are_counted():
    with pytest.raises(ValueError, match="results of 1000000000000 trials; allowed"):
        store.get(replace(TINY, trials=10**12))


def test_a_record_says_what_ran_where_and_with_what(folder):
    record = json.loads(store.get(TINY).attrs["record"])
    assert record == json.loads((folder / store.key(TINY) / "record.json").read_text())
    assert record["configuration"]["T"] == [1, 2] and record["configuration"]["seed"] == TINY.seed
    assert record["configuration"]["settings"]["robust"]["lam_w"] == ROBUST.lam_w
    assert set(record["versions"]) >= {"python", "numpy", "scipy", "torch", "xarray", "jaxtyping"}
    assert record["hardware"]["cores"] >= 1 and record["seconds"] >= 0
    assert record["hardware"]["single precision"] == "highest"
    assert 2**26 < record["memory"] < 2**36  # bytes: torch alone takes more than 64 MiB


@pytest.mark.parametrize(
    "change",
    [{"trials": 3}, {"seed": 7}, {"d": 7}, {"T": (1, 3)}, {"every": 1}, {"law": "with the empty set"},
     {"settings": {"robust": replace(ROBUST, lam_w=0.011)}}, {"settings": {"other": ROBUST}}],
    ids=str,
)  # fmt: skip
def test_each_part_of_the_configuration_is_in_the_key(change):
    assert store.key(replace(TINY, **change)) != store.key(TINY)


@pytest.mark.parametrize(
    "module",
    ["lab/draws", "lab/experiment", "lab/results", "lab/progress", "lab/machine"]
    + [f"pretraining/{name}" for name in ("features", "metrics", "tasks", "network", "algorithm", "configuration")]
    + ["pretraining/training", "pretraining/representation/task_count"],
)
def test_code_behind_an_experiment_is_in_its_key(module, package):
    before = store.key(TINY)
    with open(package / f"{module}.py", "a") as file:
        file.write("\nCONSTANT = 1\n")
    assert store.key(TINY) != before


@pytest.mark.parametrize(
    ("experiment", "module"),
    [
        ("sample-sizes", "pretraining/probe"),
        ("contrastive-matrix", "pretraining/contrastive"),
        ("contrastive-matrix", "pretraining/theory/__init__"),
        ("contrastive-matrix", "pretraining/theory/amplification"),
        ("contrastive-matrix", "pretraining/theory/integrals"),
        ("skew", "pretraining/representation/skew"),
    ],
)
def test_code_behind_other_experiments_is_in_theirs(experiment, module, package):
    before = {name: store.key(e) for name, e in SMALL.items()}
    with open(package / f"{module}.py", "a") as file:
        file.write("\nCONSTANT = 1\n")
    assert store.key(SMALL[experiment]) != before[experiment]
    assert store.key(TINY) == before["task-count"]


@pytest.mark.parametrize(
    "line",
    ["from . import extra", "from .extra import x", "from .. import extra", "from ..extra import x"]
    + [
        "import mtlcore.pretraining.extra",
        "from mtlcore.pretraining import extra",
        "import mtlcore.pretraining.extra as e",
        "from .extra.deep import x",
    ],
)
@pytest.mark.parametrize("name", ["extra.py", "extra/__init__.py", "extra/deep.py"])
def test_packages_and_relative_imports_are_followed(line, name, package):
    # fig4's chain reaches population/amplification; `extra` stands beside it or one floor above
    beside = (
        package / "pretraining/theory"
        if line.startswith("from .") and not line.startswith("from ..")
        else package / "pretraining"
    )
    file = beside / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("x = 1\n")
    with open(package / "pretraining/theory/amplification.py", "a") as module:
        module.write(f"\n{line}\n")
    before = store.key(SMALL["contrastive-matrix"])
    file.write_text("x = 2\n")
    reached = ("deep" in line) == ("deep" in name)
    assert (store.key(SMALL["contrastive-matrix"]) != before) == reached


def test_one_changed_number_changes_the_key(package):
    before = store.key(TINY)
    edit(package / "pretraining/network.py", "1 - y * f, 0)", "2 - y * f, 0)")
    assert store.key(TINY) != before


@pytest.mark.parametrize("package_name", ["numpy", "scipy", "torch", "xarray", "jaxtyping", "pandas"])
def test_the_versions_of_all_packages_behind_an_experiment_are_in_the_key(package_name, monkeypatch):
    before, version = store.key(TINY), source.importlib.metadata.version
    assert package_name in source.sources(TINY).installed
    other = {package_name: "0"}
    monkeypatch.setattr(source.importlib.metadata, "version", lambda name: other.get(name) or version(name))
    assert store.key(TINY) != before


def test_packages_that_no_experiment_imports_are_not_in_the_key():
    assert not source.sources(TINY).installed & {"matplotlib", "IPython", "filelock", "joblib", "tqdm"}


MINE = """
import dataclasses

import numpy as np
import xarray as xr

from helper import factor
from mtlcore.lab.experiment import Experiment


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mine(Experiment):
    sizes: tuple[int, ...] = (0, 3)
    flag: bool = False
    r: int = 40

    def block(self, draws):
        return xr.Dataset({"x": ("trial", factor * draws.normal("numbers", 3).mean(1).numpy())})
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """Modules of a user's own, outside the package."""
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "helper.py").write_text("factor = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda: importlib.import_module("mine").Mine(trials=3)
    for name in ("mine", "helper"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("file", ["mine.py", "helper.py"])
def test_a_user_s_own_code_is_in_the_key(file, mine, tmp_path):
    before = store.key(mine())
    path = tmp_path / file
    path.write_text(path.read_text() + "\nCONSTANT = 1\n")
    assert store.key(mine()) != before


def test_a_change_of_the_package_changes_the_key_of_a_user_s_experiment(mine, package):
    before = store.key(mine())
    edit(package / "lab/draws.py", "CHUNK = 2**16", "CHUNK = 2**15")
    assert store.key(mine()) != before


def test_an_experiment_without_a_source_file_is_refused():
    nowhere = type("Nowhere", (Experiment,), {"__module__": "nowhere"})()
    with pytest.raises(
        ValueError, match="Nowhere is defined in nowhere, where its code can't be found; allowed: at the top of a m"
    ):
        store.key(nowhere)


def test_a_record_keeps_what_went_into_its_key(folder):
    record = json.loads(store.get(TINY).attrs["record"])
    assert set(record["source"]) == set(source.sources(TINY).code)
    assert record["versions"] == source.versions(source.sources(TINY).installed)


def test_comments_docstrings_and_annotations_are_not_in_the_key(package):
    before = store.key(TINY)
    edit(package / "pretraining/network.py", "    z = before(", "    # a remark\n    z = before(")
    edit(package / "pretraining/network.py", "Hidden activations sigma(Wx + b).", "Something else.")
    edit(package / "pretraining/network.py", ") -> tuple[", ") -> list[")
    edit(package / "pretraining/representation/task_count.py", '"""', '"""More. ')
    assert store.key(TINY) == before


def test_the_command_line_and_the_plots_are_not_in_the_key(package):
    before = store.key(TINY)
    for name in ("lab/drawing", "lab/comparisons", "pretraining/steps/findings", "lab/store", "__main__"):
        assert (package / f"{name}.py").is_file()
        with open(package / f"{name}.py", "a") as file:
            file.write("\nCONSTANT = 1\n")
    assert store.key(TINY) == before


def truncate(path, share=0.5):
    """Keep the beginning of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


def corrupt(path):
    """Change one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGE = {
    **{
        f"{share} of {file}": lambda folder, file=file, share=share: truncate(folder / file, share)
        for file in ("data.nc", "record.json")
        for share in (0, 0.01, 0.5, 0.99)
    },
    "one flipped bit": lambda folder: corrupt(folder / "data.nc"),
    "no data": lambda folder: (folder / "data.nc").unlink(),
    "record without a checksum": lambda folder: (folder / "record.json").write_text("{}"),
    "no record": lambda folder: (folder / "record.json").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_record_is_named_and_computed_again(damage, folder, computed, capsys):
    whole = store.get(TINY)
    capsys.readouterr()
    DAMAGE[damage](folder / store.key(TINY))
    again = store.get(TINY)
    assert len(computed) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and store.key(TINY) in lines[0] and "damaged" in lines[0]
    xr.testing.assert_equal(again, whole)
    store.get(TINY)
    assert len(computed) == 2 and capsys.readouterr().err == ""
    assert records(folder) == [store.key(TINY)]


def interrupt(*arguments, **options):
    """What Ctrl-C does."""
    raise KeyboardInterrupt


def test_an_interrupted_computation_leaves_nothing_and_can_be_repeated(folder, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(TaskCount, "block", interrupt)
        with pytest.raises(KeyboardInterrupt):
            store.get(TINY)
    assert records(folder) == []
    store.get(TINY)
    assert records(folder) == [store.key(TINY)]


@pytest.mark.parametrize("place", ["xarray.Dataset.to_netcdf", "pathlib.Path.write_text", "pathlib.Path.rename"])
def test_an_interrupted_write_leaves_nothing(place, folder, monkeypatch):
    ds, during = parallel.compute(TINY), []

    def interrupt_and_look(*arguments, **options):
        during.append((folder / "record").exists())
        interrupt()

    monkeypatch.setattr(place, interrupt_and_look)
    with (
        pytest.raises(KeyboardInterrupt),
        disk.locked(folder / "record"),
        disk.reserved_space(folder / "record") as aside,
    ):
        store.write(aside, folder / "record", TINY, ds, {"name": ""})
    assert records(folder) == [] and during == [False]  # nobody could read a part of it


def test_what_was_finished_before_an_interruption_stays(folder, computed, monkeypatch):
    store.get(TINY)
    with monkeypatch.context() as patch:
        patch.setattr(TaskCount, "block", interrupt)
        with pytest.raises(KeyboardInterrupt):
            store.get(replace(TINY, seed=1))
        store.get(TINY)
    assert records(folder) == [store.key(TINY)] and len(computed) == 1


def test_two_readers_of_a_damaged_record_compute_it_once(folder, computed, capsys, monkeypatch):
    whole = store.get(TINY)
    capsys.readouterr()
    truncate(folder / store.key(TINY) / "data.nc")
    both_saw_it, before, read = threading.Barrier(2), threading.local(), store.read

    def read_together(folder):
        try:
            return read(folder)
        except store.DamagedRecord:
            if not hasattr(before, "saw_it"):
                before.saw_it = True
                both_saw_it.wait(timeout=180)
            raise

    monkeypatch.setattr(store, "read", read_together)
    with ThreadPoolExecutor(2) as pool:
        for again in pool.map(store.get, (TINY, TINY)):
            xr.testing.assert_equal(again, whole)
    assert len(computed) == 2 and capsys.readouterr().err.count("\n") == 1
    assert records(folder) == [store.key(TINY)]


def test_the_number_of_processes_does_not_change_a_bit(monkeypatch):
    several = replace(TINY, trials=7)
    assert len(several.blocks()) == 2
    results = []
    for count in (1, 2):
        monkeypatch.setattr(parallel.machine, "cores", lambda count=count: count)
        results.append(parallel.compute(several).drop_attrs())  # the memory that it took is not a result
    xr.testing.assert_identical(*results)


def test_a_trial_does_not_depend_on_how_many_there_are():
    few, many = parallel.compute(TINY), parallel.compute(replace(TINY, trials=7))
    xr.testing.assert_allclose(few, many.isel(trial=slice(2)), rtol=0, atol=SINGLE_PRECISION_RUN)
    assert many.trial.values.tolist() == list(range(7))


@pytest.mark.parametrize("name", SMALL)
def test_a_trial_does_not_depend_on_its_block(name):
    one = SMALL[name]
    first, second, both = (one.block(Draws(one.seed, trials)) for trials in ((0,), (1,), (0, 1)))
    for trial, alone in enumerate((first, second)):
        # float32 sums may run in another order for another number of trials
        xr.testing.assert_allclose(alone, both.isel(trial=[trial]), rtol=0, atol=SINGLE_PRECISION_RUN)
    assert not first.equals(second)


def test_the_bar_reaches_its_end(monkeypatch):
    for experiment in SMALL.values():
        steps = []
        with progress.watched(lambda steps=steps: steps.append(1)):
            experiment.block(Draws(experiment.seed, [0]))
        assert len(steps) == experiment.total_steps, experiment.name

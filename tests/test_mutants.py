"""The planted faults are what they say, and the runner tells a fault that is noticed from one that is not."""

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mutants import judge, patience
from planted import FAULTS, Mutant, beside

ROOT = Path(__file__).parent.parent


def test_each_fault_is_one_line_that_occurs_once_and_changes_what_runs():
    for mutant in FAULTS:
        text = (ROOT / mutant.file).read_text()
        assert text.count(mutant.old) == 1 and "\n" not in mutant.old + mutant.new, mutant.name
        before, after = (ast.dump(ast.parse(code)) for code in (text, text.replace(mutant.old, mutant.new)))
        assert before != after, mutant.name
    assert len({mutant.name for mutant in FAULTS}) == len(FAULTS)
    assert len({(mutant.file, mutant.old, mutant.new) for mutant in FAULTS}) == len(FAULTS)


def test_every_module_with_a_function_has_a_fault():
    files = [*(ROOT / "mtlcore").rglob("*.py"), *(ROOT / "book" / "_ext").glob("*.py")]
    trees = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in files}
    modules = {name for name, tree in trees.items() if any(isinstance(n, ast.FunctionDef) for n in ast.walk(tree))}
    lacking = sorted(modules - {mutant.file for mutant in FAULTS})
    assert not lacking, f"no planted fault in {', '.join(lacking)}: tests/planted.py says how to add one"


def test_a_chapter_carries_its_fault_beside_the_line(tmp_path):
    module = tmp_path / "mtlcore" / "part" / "chapter" / "module.py"
    module.parent.mkdir(parents=True)
    text = "def f(x):\n    # fault: 2 -> 3\n    # noticed by test_module.py::test_f[a]\n    return 2 * x\n"
    module.write_text(text)
    (fault,) = beside(tmp_path)
    assert (fault.file, fault.check) == ("mtlcore/part/chapter/module.py", "test_module.py::test_f[a]")
    assert module.read_text().replace(fault.old, fault.new).endswith("    return 3 * x\n")
    module.write_text(text.replace("return 2", "return 4"))
    with pytest.raises(ValueError, match=r"mtlcore/part/chapter/module.py: fault '2'; allowed: text that the line"):
        list(beside(tmp_path))


def test_every_named_check_exists(request):
    """Here, or where this run collects only some of the tests, in a run of its own."""
    here = {name for item in request.session.items for name in (item.nodeid, item.nodeid.partition("[")[0])}
    if elsewhere := sorted({f"tests/{mutant.check}" for mutant in FAULTS} - here):
        call = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-m", "", "-p", "no:cacheprovider", *elsewhere]
        found = subprocess.run(call, cwd=ROOT, capture_output=True, text=True)
        assert found.returncode == 0, found.stdout[-2000:]


THING = """def double(x):
    return 2 * x  # twice
"""
CHECK = """from mtlcore.thing import double

def test_doubles():
    assert double(3) == 6

def test_is_red_anyway():
    assert double(3) == 7

def test_ends():
    while double(1) > 2:
        pass
"""
INI = """[tool.pytest.ini_options]
addopts = "-p no:nbval"
"""
OUTCOMES = {
    "a fault": ("2 * x", "3 * x", "test_doubles", "red"),
    "a comment": ("# twice", "# two times", "test_doubles", "SURVIVED"),
    "no program": ("2 * x", "2 * y", "test_doubles", "broken"),
    "no syntax": ("2 * x", "2 *", "test_doubles", "broken"),
    "no end": ("2 * x", "3 * x", "test_ends", "hangs"),
    "no check": ("2 * x", "3 * x", "test_nothing", "refused, broken without the fault"),
    "a red check": ("2 * x", "3 * x", "test_is_red_anyway", "refused, red without the fault"),
}


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """What the runner says of faults in a project of one function."""
    root = tmp_path_factory.mktemp("project")
    files = {
        "mtlcore/__init__.py": "",
        "mtlcore/thing.py": THING,
        "tests/test_thing.py": CHECK,
        "pyproject.toml": INI,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    mutants = [
        Mutant(name, "mtlcore/thing.py", old, new, f"test_thing.py::{check}")
        for name, (old, new, check, _) in OUTCOMES.items()
    ]
    found = judge(mutants, root, lambda mutant, clean: 5 if mutant.name == "no end" else patience(mutant, clean))
    assert (root / "mtlcore/thing.py").read_text() == THING
    return found


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_runner_tells(name, words):
    assert words[name] == OUTCOMES[name][-1]


#: The runner on a project whose only check never ends and says who it is.
ENDLESS = """
import functools, sys
from pathlib import Path
import mutants
root = Path(sys.argv[1])
mutants.FAULTS = (mutants.Mutant("a fault", "mtlcore/thing.py", "2 * x", "3 * x", "test_thing.py::test_never_ends"),)
mutants.judge = functools.partial(mutants.judge, root=root)
sys.exit(mutants.main([]))
"""
NEVER = """import os, pathlib, time

def test_never_ends():
    pathlib.Path({file!r}).write_text(str(os.getpid()))
    while True:
        time.sleep(0.1)
"""


def alive(pid):
    """Whether a process runs; one that has ended and that nobody asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system does not show processes as files")
def test_a_runner_that_is_told_to_end_ends_its_runs(tmp_path):
    file = tmp_path / "pid"
    for name, text in (
        ("mtlcore/thing.py", THING),
        ("tests/test_thing.py", NEVER.format(file=str(file))),
        ("pyproject.toml", INI),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    runner = subprocess.Popen([sys.executable, "-c", ENDLESS, str(tmp_path)], cwd=ROOT / "tests", env=os.environ)
    end = time.monotonic() + 120
    while not (file.exists() and file.read_text()):
        assert runner.poll() is None and time.monotonic() < end
        time.sleep(0.05)
    runner.send_signal(signal.SIGTERM)
    assert runner.wait(120) == 128 + signal.SIGTERM
    while alive(int(file.read_text())):
        assert time.monotonic() < end
        time.sleep(0.05)

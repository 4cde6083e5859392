"""A hung cell is named, in the build and in nbval; what a killed build leaves is not trusted by the next one."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from building import PAGE, ROOT, build, copy_project, environment, start
from clock import Clock

HANGS = ["1 + 1", "# a remark\nimport time\ntime.sleep(1000)"]
SLOW = ["import time"] + 9 * ["time.sleep(2)"]
CASES = {
    "cell": (HANGS, {"cell_seconds": 5}, r"slow, cell 1 \(`import time`\): stopped, the cell .* 5 seconds"),
    "chapter": (SLOW, {"chapter_seconds": 8}, r"slow, cell \d \(`.*`\): stopped, the chapter .* 8 seconds"),
}


def test_the_cells_of_a_chapter_share_its_time(monkeypatch):
    monkeypatch.setattr("clock.LIMITS", {"cell_seconds": 100, "chapter_seconds": 250})
    clock = Clock("one")
    assert clock.allowed(0, "x = 1") == 100 and "cell 0 (`x = 1`): stopped, the cell" in clock.verdict()
    clock.started -= 200
    assert 49 < clock.allowed(1, "x = 2") <= 50 and "the chapter took longer than 250" in clock.verdict()
    clock.started -= 100
    assert 0 < clock.allowed(2, "x = 3") <= 0.1


def limit(project, **limits):
    """Shorten the limits."""
    file = project / "pyproject.toml"
    for name, seconds in limits.items():
        text, count = re.subn(rf"(?m)^{name} = \d+$", f"{name} = {seconds}", file.read_text())
        assert count == 1
        file.write_text(text)


def page(cells):
    """A chapter with these code cells."""
    return PAGE % "\n```\n\n```{code-cell} ipython3\n".join(cells)


def stopped_build(project, cells):
    """What a build says of a chapter with these cells."""
    (project / "book" / "index.md").write_text("# A front page\n\n[](slow.md)\n")  # no cell that the limits could stop
    (project / "book" / "slow.md").write_text(page(cells))
    (project / "_toc.yml").write_text("{format: jb-book, root: index, chapters: [{file: slow}]}")
    run = build(project)
    assert run.returncode != 0
    return run.stderr


def stopped_nbval(project, cells):
    """What nbval says of it; our plugin for its time is all that it needs of the tests."""
    tests = project / "tests"
    tests.mkdir()
    shutil.copy(ROOT / "tests" / "timed.py", tests)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in [*cells, "2 + 2"]])
    nbformat.write(notebook, tests / "slow.ipynb")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "timed", "-p", "no:cacheprovider", "tests/slow.ipynb"],
        cwd=project,
        env=environment(project, PYTHONPATH=os.pathsep.join(map(str, (tests, project / "book" / "_ext")))),
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1 and "1 failed" in run.stdout, run.stdout
    return run.stdout


TOOLS = (stopped_build, stopped_nbval)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """What is said of each case: all run side by side, since they mostly wait."""

    def verdict(tool, case):
        cells, limits, _ = CASES[case]
        project = copy_project(tmp_path_factory.mktemp("stopped"))
        limit(project, **limits)
        return tool(project, cells)

    with ThreadPoolExecutor() as pool:
        said = {(tool, case): pool.submit(verdict, tool, case) for tool in TOOLS for case in CASES}
    return {key: future.result() for key, future in said.items()}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("tool", TOOLS)
def test_the_chapter_the_cell_and_the_limit_are_named(tool, case, verdicts, pytestconfig):
    assert pytestconfig.pluginmanager.has_plugin("timed")  # as for the chapters
    assert re.search(CASES[case][2], verdicts[tool, case]), verdicts[tool, case]


SHOWS = """from IPython.display import SVG
from mtlcore import NUMBER
print("number", NUMBER)
SVG(f'<svg xmlns="http://www.w3.org/2000/svg" width="{NUMBER}" height="9"><path d="M0 0L{NUMBER} 9"/></svg>')"""
MOMENTS = {
    "before a page is read": ".unfinished",
    "while a chapter is executed": ".jupyter_cache/*/global.db",
    "between the pages": ".doctrees/index.doctree",
    "while what was read is saved": ".doctrees/environment.pickle",
    "while a page is written": "html/index.html",
    "before the pictures are copied": "html/other.html",
}


def content(project):
    """The built book, file by file; but executed notebooks hold the times of their execution."""
    root = project / "_build" / "html"
    files = (file for file in root.rglob("*") if file.is_file() and file.suffix != ".ipynb")
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


def written(file):
    """When a file was last written; it may be gone by now."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0


def kill(project, pattern):
    """Start a build and kill all of it once such a file is younger than the start."""
    started = time.time()
    process = start(project)
    while not any(written(file) > started for file in (project / "_build").glob(pattern)):
        assert process.is_alive(), f"over before {pattern} appeared"
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGKILL)
    process.join()


def test_what_a_killed_build_leaves_is_not_trusted(project):
    """A number of the package changes, the build is killed at some moment, and the next one equals a clean one."""
    (project / "_toc.yml").write_text("{format: jb-book, root: index, chapters: [{file: other}]}")
    for name in ("index", "other"):
        (project / "book" / f"{name}.md").write_text(page([SHOWS]).replace("# A page", f"# The {name} page"))

    def built(value):
        (project / "mtlcore" / "__init__.py").write_text(f'"""A number."""\n\nNUMBER = {value}\n')
        run = build(project)
        assert run.returncode == 0, run.stdout + run.stderr
        assert not (project / "_build" / ".unfinished").exists()
        return content(project)

    clean = {}
    for value in (11, 22):
        shutil.rmtree(project / "_build", ignore_errors=True)
        clean[value] = built(value)
    assert all(f"number {value}".encode() in clean[value]["other.html"] for value in clean)
    for k, (moment, pattern) in enumerate(MOMENTS.items()):
        value = (11, 22)[k % 2]
        (project / "mtlcore" / "__init__.py").write_text(f'"""A number."""\n\nNUMBER = {value}\n')
        shutil.rmtree(project / "_build" / ".jupyter_cache")
        kill(project, pattern)
        again = built(value)
        different = {name for name in again.keys() | clean[value].keys() if again.get(name) != clean[value].get(name)}
        assert not different, f"killed {moment}"


def test_a_half_written_execution_is_run_again(project):
    (project / "book" / "index.md").write_text(page(["print(6 * 7)"]))
    assert build(project).returncode == 0
    (notebook,) = (project / "_build").glob(".jupyter_cache/*/executed/*/base.ipynb")
    notebook.write_text(notebook.read_text()[:100])
    (project / "_build" / ".unfinished").touch()
    run = build(project)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "42" in (project / "_build" / "html" / "index.html").read_text()


def test_a_warning_fails_every_build(project):
    (project / "book" / "index.md").write_text(page(["1 + 1"]) + "\n{ref}`nowhere`\n")
    for _ in range(2):
        run = build(project)
        assert run.returncode != 0 and "nowhere" in run.stderr

"""The page "Your own experiment": its module, in a folder outside the package, as a researcher would have it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

BOOK = Path(__file__).parents[2] / "book" / "back"
#: What the page's cells do with the module: read the record, say the finding, draw, declare a number.
NEEDED = (
    "from own_experiment",
    "from mtlcore.lab import",
    "from mtlcore.lab.quantities",
    "run = ",
    "ds = store.get",
    "print(comparisons",
    "picture(ds)",
    'declare("own',
)


def run(folder, *options):
    """The command line on a copy of the module."""
    call = [sys.executable, "-m", "mtlcore", "run", f"{folder / 'own_experiment.py'}:NoisyZipf", *options]
    env = os.environ | {"MTLCORE_STORE": str(folder / "store"), "TQDM_DISABLE": "1"}
    return subprocess.run(call, cwd=folder, env=env, capture_output=True, text=True)


def test_an_experiment_of_ones_own_takes_forty_lines_of_code():
    module = (BOOK / "own_experiment.py").read_text()
    cells = "\n".join(re.findall(r"```\{code-cell\} ipython3\n(.*?)```", (BOOK / "own.md").read_text(), re.S))
    used = [line for line in cells.splitlines() if line.startswith(NEEDED)]
    written = [line for line in module.splitlines() if line.strip()]
    assert len(used) == len(NEEDED) and len(written) + len(used) <= 40


def test_the_command_line_runs_it_from_its_file_and_computes_again_when_it_changes(tmp_path):
    shutil.copy(BOOK / "own_experiment.py", tmp_path)
    small = ("--trials", "2", "--set", "steps=6", "--set", "n=2", "--set", "T=3")
    first = run(tmp_path, *small)
    assert first.returncode == 0 and "noisy-zipf-" in first.stdout, first.stderr
    text = (tmp_path / "own_experiment.py").read_text()
    (tmp_path / "own_experiment.py").write_text(text.replace("tasks.zipf(", "tasks.by_size("))
    changed = run(tmp_path, *small)
    assert (
        changed.returncode == 0
        and changed.stdout.splitlines()[0].split()[-1] != first.stdout.splitlines()[0].split()[-1]
    )

"""Plant the faults of `planted.py` one at a time; each must turn its named check red.

python tests/mutants.py                  all of them
python tests/mutants.py "head step" n1   those whose name or file contains one of these texts
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

from planted import FAULTS, Mutant

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("mtlcore", "tests", "book", "pyproject.toml", "_config.yml", "_toc.yml", "Makefile")
#: Modules that only read records, by name. Their checks may use the project's store; all others get an empty one.
READERS = ("claims", "findings", "plots", "contents", "claim", "comparisons", "ledger")
#: Failures that say the program cannot run at all, which any fault would do that is no program.
NO_PROGRAM = ("SyntaxError", "IndentationError", "ImportError", "ModuleNotFoundError", "NameError")
PROCESSES = 2
UNDER_WAY: set[subprocess.Popen] = set()
#: Seconds for a check without a fault.
LIMIT = 600


def patience(mutant: Mutant, clean: float) -> float:
    """Seconds for a check with a fault, after what it took without: one that takes longer hangs."""
    return 60 + 10 * clean


def plant(mutant: Mutant, folder: Path) -> None:
    """Put the fault into a copy of the project."""
    file = folder / mutant.file
    text = file.read_text()
    if text.count(mutant.old) != 1:
        raise ValueError(f"{mutant.file} has {mutant.old!r} {text.count(mutant.old)} times; allowed: once")
    file.write_text(text.replace(mutant.old, mutant.new))
    for bytecode in (file.parent / "__pycache__").glob(f"{file.stem}.*"):  # a file of one size and second would pass
        bytecode.unlink()


def copy(source: Path, target: Path) -> None:
    """What the checks need of a project, its bytecode included."""
    for part in (source / name for name in PARTS if (source / name).exists()):
        if part.is_dir():
            shutil.copytree(part, target / part.name)
        else:
            shutil.copy2(part, target / part.name)


def outcome(report: Path, status: int) -> str:
    """The word for a finished run of pytest: a test fails where its own body says so, and in no other way."""
    cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
    failed = [failure.get("message", "") for case in cases for failure in case.iter("failure")]
    if status == 0 and any(not list(case) for case in cases):
        return "green"
    if status == 1 and failed and not any(message.startswith(NO_PROGRAM) for message in failed):
        return "red"
    return "broken"


def run(check: str, folder: Path, limit: float, store: Path | None = None) -> tuple[str, float]:
    """Run one check in a copy of the project: "green", "red", "hangs", or "broken" where it cannot run; the seconds."""
    started = time.perf_counter()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MTLCORE_", "PYTEST_"))}
    with tempfile.TemporaryDirectory() as scratch:
        own = {
            "PYTHONPATH": str(folder),
            "MTLCORE_STORE": str(store or Path(scratch) / "store"),
            "OMP_NUM_THREADS": "1",
        }
        report = Path(scratch) / "report.xml"
        options = ["-q", "-x", "-m", "", "-p", "no:cacheprovider", f"--basetemp={scratch}/tmp", f"--junitxml={report}"]
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *options, f"tests/{check}"],
            cwd=folder,
            env=inherited | own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        UNDER_WAY.add(process)
        try:
            return outcome(report, process.wait(limit)), time.perf_counter() - started
        except subprocess.TimeoutExpired:
            return "hangs", limit
        finally:
            UNDER_WAY.discard(process)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def judge(
    mutants: Sequence[Mutant], root: Path = ROOT, limit: Callable[[Mutant, float], float] = patience
) -> dict[str, str]:
    """Plant each fault in a fresh copy of the project and print what its check says.

    Returns:
        By name: "red" as it must be, "SURVIVED", "hangs" or "broken"; "refused, ..." where the check is not green
        without the fault.
    """
    words = {}
    store = Path(os.environ.get("MTLCORE_STORE", root / "_store")).resolve()

    def reads(mutant: Mutant) -> Path | None:
        return store if Path(mutant.file).stem in READERS else None

    with tempfile.TemporaryDirectory() as temporary:
        clean = Path(temporary) / "clean"
        clean.mkdir()
        copy(root, clean)

        def one(mutant: Mutant) -> tuple[str, float]:
            without, seconds = sound[mutant.check, reads(mutant)]
            if without != "green":
                return f"refused, {without} without the fault", seconds
            with tempfile.TemporaryDirectory(dir=temporary) as folder:
                copy(clean, Path(folder))
                plant(mutant, Path(folder))
                word, seconds = run(mutant.check, Path(folder), limit(mutant, seconds), reads(mutant))
            return "SURVIVED" if word == "green" else word, seconds

        pool = ThreadPoolExecutor(PROCESSES)
        try:
            checks = dict.fromkeys((mutant.check, reads(mutant)) for mutant in mutants)
            sound = dict(zip(checks, pool.map(lambda key: run(key[0], clean, LIMIT, key[1]), checks), strict=True))
            for mutant, (word, seconds) in zip(mutants, pool.map(one, mutants), strict=True):
                words[mutant.name] = word
                print(f"{word:8} {seconds:5.1f} s  {mutant.file}: {mutant.name}  [{mutant.check}]", flush=True)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # whoever ends this ends the runs under way, each a session
            for process in [*UNDER_WAY]:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            pool.shutdown()
    return words


def main(arguments: Sequence[str]) -> int:
    """Judge all faults, or those asked for; 1 if not every check turned red."""
    chosen = [m for m in FAULTS if not arguments or any(text in f"{m.file} {m.name}" for text in arguments)]
    if not chosen:
        print(f"no fault named {' or '.join(arguments)}", file=sys.stderr)
        return 2
    started = time.perf_counter()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    words = judge(chosen)
    red = sum(word == "red" for word in words.values())
    print(f"{red} of {len(words)} faults turned their check red in {time.perf_counter() - started:.0f} s")
    return int(red < len(words))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The same references elsewhere: other thread counts, instruction sets and versions of the packages.

python tests/machines.py PYTHON...      the short runs of every experiment (tests/small.py): a few minutes
python tests/machines.py --book         all experiments and chapters from nothing: a quarter of an hour for each setting

The short runs are repeated with several settings of this interpreter and with the others named; the book with the
instruction sets that older processors have. Each writes a table that the chapter on running it shows.
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import references

SHORT, WHOLE = (references.BOOK / "back" / name for name in ("machines.txt", "machines-book.txt"))
PLAIN = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"}
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2"}
#: What is set, and the number of torch's threads.
SETTINGS = [({}, 1), ({}, 2), (AVX2, 1), (PLAIN, 1), (PLAIN, 2)]


def short(threads: int) -> list:
    """The short runs against their references, in this process."""
    from small import EXPERIMENTS, quantities

    records = {q.name: q.record() for name in EXPERIMENTS for q in quantities(name, threads)}
    return list(references.verdicts(records, references.SMALL))


def book(threads: int) -> list:
    """Every number that a chapter declares against its reference: experiments and chapters are run afresh."""
    from mtlcore.lab.quantities import Verdict

    found = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"MTLCORE_STORE": folder, "TQDM_DISABLE": "1", "OMP_NUM_THREADS": str(threads)}
        subprocess.run([sys.executable, "-m", "mtlcore", "run", "all"], check=True, stdout=subprocess.DEVNULL)
        for page in references.chapters():
            notebook, path = references.execute(page), references.reference(page)
            found += references.verdicts(references.numbers(notebook), path.with_suffix(".json"))
            old, new = references.outcomes(references.nbformat.read(path, 4)), references.outcomes(notebook)
            changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
            found += [Verdict(f"{page.stem}: {a}", float("inf"), a, b, "the same word") for a, b in changed]
    return found


def row(measured: Callable[[int], list], threads: int) -> dict:
    """What a comparison in this process found."""
    verdicts = measured(threads)
    worst = max(verdicts, key=lambda verdict: verdict.moved)
    here = references.machine()
    return here | {
        "threads": threads,
        "numbers": len(verdicts),
        "equal": sum(verdict.moved == 0 for verdict in verdicts),
        "worst": worst.moved,
        "failed": [str(verdict) for verdict in verdicts if not verdict.passed],
        "name": worst.name,
        "strict": here == references.stored(references.SMALL)["machine"],
    }


def measure(measured: Callable[[int], list], python: str, setting: dict[str, str], threads: int) -> dict:
    """A row from a process of its own.

    Args:
        measured: `short` or `book`.
        python: the interpreter.
        setting: environment variables.
        threads: torch's threads.
    """
    path = os.pathsep.join([str(references.ROOT), str(Path(__file__).parent)])
    code = f"import json, machines; print(json.dumps(machines.row(machines.{measured.__name__}, {threads})))"
    patient = {"OMP_WAIT_POLICY": "passive"}  # on a busy machine, threads that spin while they wait take minutes
    environment = os.environ | patient | setting | {"PYTHONPATH": path}
    done = subprocess.run([python, "-c", code], env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def table(rows: list[dict]) -> str:
    """The rows as a Markdown table."""
    head = "| torch | NumPy | SciPy | Python | instructions | threads | numbers | equal to the bit | furthest off |"
    lines = [head, "| --- " * head.count(" | ") + "| --- |"]
    for r in rows:
        versions = [r[name].partition("+")[0] for name in ("torch", "numpy", "scipy", "python")]
        measure = "of the strict tolerance" if r["strict"] else "of the tolerance across machines"
        cells = [*versions, r["instructions"], r["threads"], r["numbers"], r["equal"], f"{r['worst']:.2g} {measure}"]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    processors = ", ".join(sorted({r["processor"] for r in rows}))
    return f"Measured {datetime.date.today()} on one processor ({processors}).\n\n" + "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Measure every row and write the table; 1 if a number is too far off somewhere."""
    if arguments == ["--book"]:
        target, rows = WHOLE, [measure(book, sys.executable, setting, 1) for setting in (AVX2, PLAIN)]
    else:
        target, rows = SHORT, [measure(short, sys.executable, *setting) for setting in SETTINGS]
        rows += [measure(short, python, {}, 1) for python in arguments]
    for r in rows:
        print("MOVED" if r["failed"] else "ok   ", json.dumps(r))
    if any(r["failed"] for r in rows):
        return 1
    target.write_text(table(rows), encoding="utf-8")
    print("wrote", target.relative_to(references.ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The same references elsewhere: other thread counts, instruction sets and versions of the packages.

python tests/machines.py PYTHON...

Runs the short runs of every experiment (tests/small.py) with each of these interpreters, and with several settings of
this one, and writes the table that the chapter on running it shows.
"""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import references

TABLE = references.BOOK / "chapters" / "machines.txt"
PLAIN = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"}
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2"}
#: What is set, and the number of torch's threads.
SETTINGS = [({}, 1), ({}, 2), (AVX2, 1), (PLAIN, 1), (PLAIN, 2)]


def row(threads: int) -> dict:
    """Compare all short runs with the references in this process."""
    from small import EXPERIMENTS, quantities

    records = {q.name: q.record() for name in EXPERIMENTS for q in quantities(name, threads)}
    verdicts = list(references.verdicts(records, references.SMALL))
    worst = max(verdicts, key=lambda verdict: verdict.moved)
    here = references.machine()
    return here | {
        "threads": threads,
        "numbers": len(verdicts),
        "equal": sum(verdict.moved == 0 for verdict in verdicts),
        "worst": worst.moved,
        "name": worst.name,
        "strict": here == references.stored(references.SMALL)["machine"],
    }


def measure(python: str, setting: dict[str, str], threads: int) -> dict:
    """A row from a process of its own.

    Args:
        python: the interpreter.
        setting: environment variables.
        threads: torch's threads.
    """
    path = os.pathsep.join([str(references.ROOT), str(Path(__file__).parent)])
    call = [python, "-c", f"import json, machines; print(json.dumps(machines.row({threads})))"]
    environment = os.environ | setting | {"PYTHONPATH": path}
    done = subprocess.run(call, env=environment, check=True, stdout=subprocess.PIPE, text=True)
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


def main(pythons: list[str]) -> int:
    """Measure every row and write the table; 1 if a number is too far off somewhere."""
    rows = [measure(sys.executable, *setting) for setting in SETTINGS] + [measure(p, {}, 1) for p in pythons]
    for r in rows:
        print("ok   " if r["worst"] <= 1 else "MOVED", json.dumps(r))
    if any(r["worst"] > 1 for r in rows):
        return 1
    TABLE.write_text(table(rows), encoding="utf-8")
    print("wrote", TABLE.relative_to(references.ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What a run of CI took and how large its environment is, and whether README says so.

python tests/facts.py FILE tests=SECONDS ...    measures, writes FILE, and fails if README is off

`.ci/run` writes `_build/ci-facts.json`. A copy of it, `book/back/ci-facts.json`, says what README's numbers were
written from, and is compared where no run of CI was; renew it together with README.
"""

import datetime
import json
import re
import sys
from importlib import metadata
from pathlib import Path

from mtlcore.lab import machine, part, store

ROOT = Path(__file__).parent.parent
LAST, KEPT = ROOT / "_build" / "ci-facts.json", ROOT / "book" / "back" / "ci-facts.json"
#: README's sentences: the words around each number, what it is of a fact, and the factor within which it has to be; a
#: time has a wide one, since machines and what else they do differ.
SAID = {
    "packages": (r"installs about (\d+) packages", 1, 1.2),
    "megabytes": (r"packages \(([\d.]+) GB with a CPU build", 1000, 1.3),
    "experiments": (r"some (\d+) minutes on two cores", 60, 4),
    "tests": (r"second command takes about (\d+) minutes", 60, 4),
}


def measured(**seconds: int) -> dict[str, object]:
    """The facts of this environment and this store, with the seconds that steps of the run took."""
    files = (path for path in Path(sys.prefix).rglob("*") if path.is_file() and not path.is_symlink())
    records = [store.get(one).attrs["record"] for name in part.names() for one in part.load(name).experiments()]
    return {
        "day": datetime.date.today().isoformat(),
        "cores": machine.cores(),
        "packages": len({d.name for d in metadata.distributions()}),
        "megabytes": round(sum(path.stat().st_size for path in files) / 1e6),
        "experiments": round(sum(json.loads(record)["seconds"] for record in records)),
        **seconds,
    }


def off(readme: str, facts: dict) -> list[str]:
    """Which numbers of README are further from the facts than they may be; a time counts on two cores only."""
    found = []
    for name, (words, unit, factor) in SAID.items():
        (said,) = re.findall(words, " ".join(readme.split()))
        ratio = float(said) * unit / max(facts.get(name, 0), 1)
        timed = name in ("experiments", "tests")
        if not 1 / factor <= ratio <= factor and name in facts and (facts["cores"] == 2 or not timed):
            found.append(f"README.md: {name} {said}; measured: {facts[name] / unit:.3g} on {facts['day']}")
    return found


def main(file: str, *seconds: str) -> int:
    """Measure, write and compare."""
    facts = measured(**{name: int(value) for name, _, value in (text.partition("=") for text in seconds)})
    Path(file).write_text(json.dumps(facts, indent=2) + "\n")
    wrong = off((ROOT / "README.md").read_text(), facts)
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""What a page shows is what the package computes now, whatever is cached; and a failing chapter fails."""

import re

from building import PAGE, build, make
from check_html import problems

CELL = """from mtlcore.lab import store
from mtlcore.pretraining.fan_out.paths import FanOut
ds = store.get(FanOut(trials=1, steps=3, every=3, samples=16))
print(f"length {float(ds.p.sum()):.9f}")"""


def test_a_change_in_the_package_shows_at_the_next_build(project):
    """The decay of the heads is doubled and put back: the store, the notebook cache and Sphinx all notice."""
    (project / "book" / "index.md").write_text(PAGE % CELL)
    module = project / "mtlcore" / "pretraining" / "algorithm.py"
    code = module.read_text()
    changed = code.replace("model.hyper.lam_a, state", "2 * model.hyper.lam_a, state")
    assert changed != code
    page, shown = project / "_build" / "html" / "index.html", []
    for text in (code, changed, code):
        module.write_text(text)
        built = build(project)
        assert built.returncode == 0, built.stdout + built.stderr
        shown += re.findall(r"length (\d+\.\d+)", page.read_text())
    assert len(shown) == 3 and shown[0] != shown[1] and shown[0] == shown[2]
    assert len(list((project / "_store").glob("fan-out-*"))) == 2
    assert list(problems(page.parent)) == []
    assert make(project, "--dry-run").stdout.split()[-1] == f'"{page}"'  # `make book` ends with where it is


def test_a_failing_chapter_fails_every_build(project):
    (project / "book" / "index.md").write_text(PAGE % "raise ValueError('planted')")
    for _ in range(2):
        run = build(project)
        assert run.returncode != 0
        assert "ValueError" in run.stderr and "planted" in run.stderr

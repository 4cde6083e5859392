"""The lints of pages and docstrings: the project passes them, and each finds the fault that it is for."""

import lint_chapters
import lint_docstrings
import numbers_in_prose
import pytest
from pages import BOOK, ROOT, pages, read

PAGES = pages()
TEXTS = [read(ROOT / name) for name in ("README.md", "CONTRIBUTING.md")]
MODULES = sorted((ROOT / "mtlcore").rglob("*.py"))
#: Pages whose results still have to be injected.
FIGURE = """```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-one
    caption: "Ten trials of {numref}`fig-one`."
  image:
    alt: With more tasks the error falls, and with one task it stays high.
---
_ = plots.task_count(fig1)
```
"""


@pytest.fixture
def page(tmp_path):
    """Write a page with some text and take it apart."""

    def write(text, name="page.md"):
        (tmp_path / name).write_text(text)
        return read(tmp_path / name)

    return write


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_a_page_keeps_its_budget(page):
    assert not list(lint_chapters.budgets(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_a_picture_says_what_it_shows(page):
    assert not list(lint_chapters.alt_texts(page))


def test_links_and_cross_references_lead_somewhere():
    assert not list(lint_chapters.references(PAGES))
    assert not list(lint_chapters.references(TEXTS))


def test_the_bibliography_is_cited_and_complete():
    assert not list(lint_chapters.citations(PAGES, BOOK / "references.bib"))


def test_the_table_of_contents_has_every_page():
    assert not list(lint_chapters.contents(ROOT / "_toc.yml", PAGES))


def test_every_chapter_has_its_page_its_folder_and_what_they_import():
    assert not list(lint_chapters.whole(ROOT))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_docstrings_say_what_a_reader_needs(module):
    assert not [*lint_docstrings.docstrings(module), *lint_docstrings.signatures(module)]
    assert not list(lint_docstrings.sources(module))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path.stem)
def test_results_are_injected(page):
    found = [str(fault) for fault in numbers_in_prose.faults(page)]
    assert not found


def test_a_page_is_taken_apart(page):
    made = page(f"---\nkey: 1\n---\n# Title\n\n{FIGURE}\n```sh\nmake book 0.5\n```\n\n```{{prf:proof}}\nBy 1.\n```\n")
    assert [row for row in made.text if row] == ["# Title", "```{prf:proof}", "By 1.", "```"]
    (cell,) = made.cells
    assert (cell.line, cell.code) == (6, ["_ = plots.task_count(fig1)"])
    assert cell.picture["name"] == "fig-one" and cell.picture["alt"].startswith("With more")


def test_options_in_short_form_are_no_code(page):
    (cell,) = page("```{code-cell} ipython3\n:tags: [remove-input]\n\nx = 1\n```\n").cells
    assert cell.options == {"tags": ["remove-input"]} and cell.code == ["x = 1"]


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("x = 1\n" * 7, "median of 7 code lines"),
        ("x = 1\n" * 19, "90th percentile of 19"),
        ("def f():\n" + "    x = 1\n" * 10, "f has 11 lines"),
        ("x = 1\n", "2 words for 1 code lines"),
        (f"{'x' * 84} = 1\n", "a code line of 88 characters"),
    ],
)
def test_a_page_over_budget_is_found(page, code, fault):
    made = page("A title.\n" + f"```{{code-cell}} ipython3\n{code}```\n")
    assert any(fault in found for found in lint_chapters.budgets(made))


def test_displayed_mathematics_is_no_prose(page):
    made = page("One.\n$$\na b c d e f g h\n$$\n```{code-cell} ipython3\nx = 1\n```\n")
    assert any("1 words" in found for found in lint_chapters.budgets(made))


@pytest.mark.parametrize(
    "start", ["Plot of errors that fall the more tasks there are", "The figure shows an error", ""]
)
def test_an_alt_text_without_a_finding_is_found(page, start):
    alt = "With more tasks the error falls, and with one task it stays high."
    assert not list(lint_chapters.alt_texts(page(FIGURE)))
    assert list(lint_chapters.alt_texts(page(FIGURE.replace(alt, start))))


def test_a_picture_without_options_is_found(page):
    assert list(lint_chapters.alt_texts(page("```{code-cell} ipython3\n_ = plots.skew(ds)\n```\n")))
    assert not list(lint_chapters.alt_texts(page("```{code-cell} ipython3\nplots.setup()\n```\n")))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[there](nowhere.md)", "link leads nowhere: nowhere.md"),
        ("[](no-label)", "link leads nowhere: no-label"),
        ("[there](page.md#no-label)", "link leads nowhere: page.md#no-label"),
        ("{eq}`fig-one`", "eq leads nowhere: fig-one"),
        ("{numref}`a-section`", "numref leads nowhere"),
        ("{numref}`Fig. <fig-two>`", "numref leads nowhere: fig-two"),
        ("{ref}`no-label`", "ref leads nowhere"),
        ("{prf:ref}`eq-one`", "prf:ref leads nowhere"),
        ("(a-section)=", "a-section is defined 2 times"),
        (FIGURE.replace("fig-one", "fig-lonely", 1), "no text refers to the figure fig-lonely"),
        (FIGURE.replace("    name: fig-one\n", ""), "a figure without a name"),
    ],
)
def test_a_reference_that_leads_nowhere_is_found(page, text, fault):
    good = f"(a-section)=\n# Title\n\n{FIGURE}\n$$\nx\n$$ (eq-one)\n\n```{{prf:proof}}\n:label: a-proof\n```\n\n"
    good += "[x](page.md), [](a-section), [](page.md#a-section), {eq}`eq-one`, {prf:ref}`a-proof`, `[](code)`,\n"
    good += "{ref}`a-section`, [y](https://example.org/z)\n\n"
    assert not list(lint_chapters.references([page(good)]))
    assert any(fault in found for found in lint_chapters.references([page(good + text + "\n")]))


def test_citations_are_matched_with_the_bibliography(page, tmp_path):
    bibliography = tmp_path / "some.bib"
    bibliography.write_text("@book{one,\n}\n@book{two,\n}\n@misc{two,\n}\n")
    found = list(lint_chapters.citations([page("{cite:t}`one` and {cite}`three, one`\n")], bibliography))
    assert found == [
        "page.md:1: three is not in some.bib",
        "some.bib: nobody cites two",
        "some.bib: two stands 2 times",
    ]


def test_a_page_outside_the_contents_is_found(tmp_path):
    toc = tmp_path / "_toc.yml"
    toc.write_text("root: index\nchapters:\n  - file: back/nowhere\n")
    found = list(lint_chapters.contents(toc, PAGES))
    assert "book/back/nowhere.md is missing: _toc.yml names it" in found
    assert "_toc.yml lacks book/pretraining/steps.md: `- file: pretraining/steps`" in found


TABLE = 'SYMBOLS: tuple[tuple[str, str, str], ...] = (("T", "T", "number of tasks"),)\n'
GOOD = '''
class A:
    """A.

    Attributes:
        x: how far.

    Raises:
        KeyError: if x is zero.
    """
    x: int
    T: int
    def __post_init__(self) -> None:
        raise KeyError

class B(A):
    """B."""

def f(self, x: Float[np.ndarray, "n d"], y: Table, n: int, T: int, *z: int, **k: int) -> np.ndarray:
    """Do it.

    Args:
        y: labels, shape (n, 3).
        n: the last one, of shape (2, 3).
        T: number of tasks at the start.

    Returns:
        Something of shape (n,).

    Raises:
        ValueError: if n is negative.
    """
    raise ValueError(n)

def g(x: int) -> tuple[int, int]:
    """Both (first, last).

    Args:
        x: one of many.
    """

def h(x: int) -> Iterator[tuple[int, ...]]:
    """All.

    Args:
        x: one of many.
    """

Table = np.ndarray
'''


@pytest.fixture
def linted(tmp_path):
    """Lint a module of a package's part that has a table of symbols."""

    def lint(text):
        (tmp_path / "part").mkdir()
        (tmp_path / "part/symbols.py").write_text(TABLE)
        module = tmp_path / "part/module.py"
        module.write_text(text)
        return [*lint_docstrings.docstrings(module, tmp_path), *lint_docstrings.signatures(module, tmp_path)]

    return lint


def test_a_docstring_that_says_what_a_reader_needs_passes(linted):
    assert not linted(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("Do it.", "Do it", "f: its first paragraph is no sentence"),
        ('"""A.\n', '"""A\n', "A: its first paragraph is no sentence"),
        ("        n: the", "        m: the", "m: no such argument"),
        ("the last one, of shape (2, 3)", "int array of shape (2, 3)", "n: repeats the annotation"),
        ("the last one, of shape (2, 3)", "shape (2, 3)", "n: repeats the annotation"),
        (" of tasks at the start", " of tasks", "T: says no more than the table of symbols"),
        ("number of tasks at the start", "Tasks, shape (n,).", "T: says no more than the table of symbols"),
        ("x: how far.", "T: a number of tasks.", "T: says no more than the table of symbols"),
        ("n: the last one, of shape (2, 3)", "x: one of many", "x: described in the same words 3 times"),
        ("labels, shape (n, 3)", "labels", "y: neither the annotation nor the docstring gives its shape"),
        ("Something of shape (n,).", "Something.", "Returns lacks the shape"),
        ("    Returns:\n        Something of shape (n,).\n\n", "", "Returns lacks the shape"),
        ("-> np.ndarray", "-> xr.Dataset", "Returns lacks the dimensions"),
        ("-> np.ndarray", "-> None", "Returns describes nothing"),
        ("Both (first, last).", "Both.", "g: Returns lacks the parts of the tuple"),
        ("Iterator[tuple[int, ...]]", "Iterator[tuple[int, int]]", "h: Returns lacks the parts of the tuple"),
        ("        ValueError:", "        TypeError:", "f: Raises lacks ValueError"),
        ("        KeyError:", "        TypeError:", "A: Raises lacks KeyError"),
        ("        x: how far.", "        y: how far.", "A: Attributes lacks x"),
        ('"""B."""', '"""B."""\n    s: int', "B: Attributes lacks s"),
        ("**k: int", "k: int, **m: int", "f: 7 parameters; allowed: at most 6"),
        ("**k: int", "**k", "f: no annotation for k"),
        ("self) -> None", "self)", "__post_init__: no annotation for return"),
    ],
)
def test_a_docstring_or_signature_that_breaks_the_rule_is_found(linted, old, new, fault):
    assert GOOD.count(old) == 1
    assert any(fault in found for found in linted(GOOD.replace(old, new)))


def test_private_and_nested_functions_have_few_parameters_too(linted):
    hidden = "def _f() -> int:\n    def g(a: int, b: int, c: int, d: int, e: int, *f: int, h: int) -> int: ...\n"
    assert any("g: 7 parameters" in found for found in linted(hidden))


def test_the_share_of_docstrings_is_counted_in_lines(tmp_path):
    (tmp_path / "a.py").write_text('"""One.\n\nThree.\n"""\n\nx = """No."""\n\n\ndef f():\n    """Do."""\n')
    assert lint_docstrings.share(tmp_path) == 0.5


def test_a_chapter_that_is_no_page_is_found(tmp_path):
    module = tmp_path / "module.py"
    module.write_text('"""In chapter "Deviations", chapters "End to end" and "Random features"."""\n')
    assert list(lint_docstrings.sources(module)) == ["module.py: no chapter 'Random features'"]


def test_docstrings_leave_room_for_code():
    assert lint_docstrings.share() <= 0.3


@pytest.mark.parametrize(
    "result",
    [
        "The error falls to 0.13.",
        "The stated values have $\\Lambda = 1.10$.",
        "With $\\lambda_w = 0.05$ the error falls to 0.1.",  # a value of lambda_a
        "With $\\lambda_a = 0.1$ the error falls to 0.1.",  # what a run measures
        "Of the trials 42% fail.",
        "It is $10^{-4}$ or less.",
        "It leaves 3.1e-5 of it.",
        "The mean is 3 ± 1.",
        "It takes 12 s.",
        "It turns after about 300 steps.",
        "Success is luck around $T = 16$.",
        "It is 3 times faster.",
        "It is ten times larger.",
        "It grows tenfold.",
        "In 3 of 10 trials it fails.",
        "It needs 392 neurons.",
        "They take $m = 391$ neurons.",
        "Two things differ, which\nis plain: 0.37.",
        "| a | b |\n| --- | --- |\n| x | 0.22 |",
        "* a list\n* with 0.22 in it",
        "```{prf:remark}\nIt is 0.58.\n```",
        FIGURE.replace("it stays high", "it stays above 0.9"),
        FIGURE.replace("Ten trials", "Error of 0.9 after ten trials"),
    ],
)
def test_a_typed_result_is_found(page, result):
    (fault,) = numbers_in_prose.faults(page(f"# Title\n\n{result}\n"))
    text = "% given: the paper says so\n" + result
    if "image:" not in result:
        assert not numbers_in_prose.faults(page(f"# Title\n\n{text}\n"))


@pytest.mark.parametrize(
    "text",
    [
        "The stated values are $\\lambda_w = 0.05$ and $\\lambda_a = 0.5$, the step size is 0.1.",
        "Biases are drawn from $N(0, 0.5^2)$.",
        "Figure 2 has 40 trials of $T = 128$ tasks and 1024 samples, in $d = 32$ dimensions.",
        "Theorems 3.6 and 3.7, Remarks 3.4, 3.5 and 3.8, and Figures 1, 2 (left) and 5; Python 3.11.",
        "The error falls to {glue:text}`error:.3f`, or {glue:text}`share:.1f`%.",
        "Run `python -m mtlcore run fig1 --set eta=0.37` or [this](https://example.org/0.37).",
        "$$\nx = 0.37\n$$ (eq-x)",
        "```sh\nmake book 0.37\n```",
        "```{code-cell} ipython3\nn = 391\n```\n\nThere are 391 of them.",
        "There are $2^{r-1}(2kL/\\Delta + 2)$ neurons, and $\\frac{17}{18}$ of $\\pm 2^{14}$.",
        "1. Two parts.\n25. Seven points.",
    ],
)
def test_what_was_given_may_be_typed(page, text):
    assert not numbers_in_prose.faults(page(f"# Title\n\n{text}\n"))


def test_a_fault_names_its_line(page):
    made = page("# Title\n\nFirst line.\nThe error is\n0.13 here.\n")
    (fault,) = numbers_in_prose.faults(made)
    assert str(fault) == "page.md:5: 0.13 (a decimal or a percentage): The error is 0.13 here."


def test_a_reason_covers_its_paragraph_or_directive_only(page):
    made = page("% given: a constant\nIt is 0.13.\n\nIt is 0.14.\n")
    assert [fault.literal for fault in numbers_in_prose.faults(made)] == ["0.14"]
    made = page("% given: a constant\n:::{list-table}\n:widths: 1\n\n* - 0.13\n\n* - 0.14\n:::\n\nIt is 0.15.\n")
    assert [fault.literal for fault in numbers_in_prose.faults(made)] == ["0.15"]


def test_a_reason_above_an_alt_text_covers_it(page):
    bad = FIGURE.replace("it stays high", "it stays above 0.9")
    assert not numbers_in_prose.faults(page(bad.replace("    alt:", "    # given: a setting\n    alt:")))


def test_a_reason_that_excuses_nothing_or_says_nothing_is_found(page):
    (fault,) = numbers_in_prose.faults(page("% given: a constant\nNo number.\n"))
    assert fault.why == "excuses nothing"
    assert numbers_in_prose.faults(page("% given:\nIt is 0.13.\n"))


SHOWN = """# Title

Over 40 trials the {words}.

```{{code-cell}} ipython3
---
mystnb:
  figure:
    name: fig-one
    caption: "Means of {caption} trials, 16 neurons."
---
ds = store.get(TaskCount())
```

```{{figure-card}} fig-one
:data: TaskCount({of})

It falls.
```
"""


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({}, []),
        ({"of": "trials=5"}, ["40"]),
        ({"of": "trials=5", "caption": "five"}, []),
        ({"caption": "ten"}, ["ten"]),
        ({"words": "error of 64 neurons falls"}, ["64"]),
        ({"words": "error of 64 ReLU neurons falls", "of": "m=64"}, ["16"]),
        ({"words": "first four neurons turn"}, []),
    ],
)
def test_a_number_of_trials_or_neurons_is_that_of_an_experiment_on_the_page(page, changed, faults):
    made = page(SHOWN.format(**{"words": "error falls", "caption": "40", "of": ""} | changed))
    assert [fault.literal for fault in numbers_in_prose.faults(made)] == faults


def test_every_setting_has_its_values():
    known = numbers_in_prose.configured()
    assert {0.05, 0.01, 0.1} <= known["lam_w"] and 4000 in known["steps"] and {0.1, 0.3, 0.5} == known["eta"]
    assert 0.5 in known["bias"] and 128 in known["T"]


def test_the_command_prints_what_it_finds(page, tmp_path, capsys):
    page("The error is 0.13.\n")
    assert numbers_in_prose.main([str(tmp_path / "page.md")]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 numbers"
    page("The error falls.\n")
    assert numbers_in_prose.main([str(tmp_path / "page.md")]) == 0

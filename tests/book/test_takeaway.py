"""What a page offers to take away, what its links show, and where its buttons lead."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from building import PAGE, ROOT, build, copy_project
from check_html import problems

sys.path[:0] = [str(ROOT / "book" / "_ext"), str(ROOT / "book" / "_tools")]
import links  # noqa: E402
import notebooks  # noqa: E402
import pack  # noqa: E402
import pdf  # noqa: E402
import takeaway  # noqa: E402

REPOSITORY = "https://github.com/someone/book"
INDEX = """
# A page

See {prf:ref}`thm-a` and {eq}`eq-a`, the {term}`head`, and {cite}`collins2024provable`.

```{code-cell} ipython3
print("ran")
```
"""
THEORY = r"""
# Theory

```{prf:theorem} Sums
:label: thm-a

It is $1 + 1 = 2$, and so [more](index.md).
```

```{prf:proof}
By counting.
```

```{math}
:label: eq-a
1 + 1 = 2
```

```{glossary}
head
  What a task has of its own.

body
  What nobody links to.
```

```{bibliography}
```
"""
CARD = """<article class="bd-article"><details><dl><dt>Data</dt>
<dd><p><a class="reference download" href="_downloads/a.csv">CSV</a> <a class="download" href="a.json">JSON</a></p></dd>
</dl></details><p>Says it.</p><dl><dt>Rebuild</dt><dd>make</dd></dl><div hidden>no</div></article>"""


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """A book of two pages, built without and with the address of a repository."""
    project = copy_project(tmp_path_factory.mktemp("book"))
    head = PAGE.split("# A page")[0]
    (project / "_toc.yml").write_text("{format: jb-book, root: index, chapters: [{file: theory}]}")
    (project / "book" / "index.md").write_text(head + INDEX)
    (project / "book" / "theory.md").write_text(THEORY)
    built = {}
    for name, environment in {
        "plain": {},
        "known": {"BOOK_REPOSITORY": REPOSITORY, "BOOK_REVISION": "0a1b2c3"},
    }.items():
        run = build(project, **environment)
        assert run.returncode == 0, run.stdout + run.stderr
        built[name] = shutil.copytree(project / "_build" / "html", project / name)
    return built


def page(root, name):
    return BeautifulSoup((root / f"{name}.html").read_text(), "html.parser")


def addresses(root, name):
    return [link["href"] for link in page(root, name).select(".article-header-buttons a[href]")]


def test_both_books_are_whole(books):
    for root in books.values():
        assert list(problems(root)) == []


def test_every_page_offers_its_source_and_an_executed_notebook(books):
    """Without a repository too; a page without cells has no notebook."""
    for root in books.values():
        offered = addresses(root, "index")
        assert "_sources/index.ipynb" in offered and "_sources/index.md" in offered
        notebook = nbformat.read(root / "_sources" / "index.ipynb", 4)
        nbformat.validate(notebook)
        printed = [output.text for cell in notebook.cells for output in cell.get("outputs", [])]
        assert printed == ["ran\n"]
        assert (root / "_sources" / "index.md").read_text().count("{code-cell}") == 1
        assert "_sources/theory.md" in addresses(root, "theory")
        assert not any(address.endswith(".ipynb") for address in addresses(root, "theory"))


def test_without_a_repository_no_button_leaves_the_book(books):
    for name in ("index", "theory"):
        assert not [address for address in addresses(books["plain"], name) if "://" in address]


def test_with_a_repository_the_buttons_lead_to_this_chapter_at_this_revision(books):
    outside = [address for address in addresses(books["known"], "index") if "://" in address]
    assert outside == [
        "https://mybinder.org/v2/gh/someone/book/0a1b2c3?urlpath=lab/tree/book/index.md",
        "https://colab.research.google.com/github/someone/book/blob/notebooks/index.ipynb",
        REPOSITORY,
        f"{REPOSITORY}/edit/main/book/index.md",
        f"{REPOSITORY}/issues/new?title=Issue%20on%20page%20%2Findex.html&body=Your%20issue%20content%20here.",
    ]
    assert not [address for address in addresses(books["known"], "theory") if "binder" in address or "colab" in address]


@pytest.mark.parametrize(
    "address", ["https://example.org/a/b", "https://github.com/a", "a/b", "https://github.com/a/b/c"]
)
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(Exception, match=re.escape(address)):
        takeaway.github(address)
    for end in ("", "/", ".git"):
        assert takeaway.github("https://github.com/a/b-c.d" + end) == "a/b-c.d"


def test_what_is_linked_to_can_be_shown(books):
    """A tip for each kind of target; none for what nobody links to."""
    data = (books["plain"] / "_static" / "tips-data.js").read_text()
    shown = json.loads(re.fullmatch(r"window\.bookTips = (.*);\n", data, re.DOTALL)[1])
    text = {key: BeautifulSoup(html, "html.parser").get_text(" ", strip=True) for key, html in shown.items()}
    assert text.pop("theory.html#thm-a").startswith("Theorem 1")
    assert "1 + 1 = 2" in text.pop("theory.html#equation-eq-a")
    assert text.pop("theory.html#term-head") == "head What a task has of its own."
    ((cited, entry),) = text.items()
    assert cited.startswith("theory.html#id") and "Collins" in entry
    for html in shown.values():
        tip = BeautifulSoup(html, "html.parser")
        assert not tip.select("a, [id], img, .eqno")
    assert 'src="_static/tips.js' in (books["plain"] / "index.html").read_text()


def test_every_statement_has_a_permalink(books):
    """Headings, equations and terms have one from Sphinx, statements from us; a proof without a name has none."""
    theory = page(books["plain"], "theory")
    anchors = [link["href"] for link in theory.select("article a.headerlink")]
    assert anchors == ["#theory", "#thm-a", "#equation-eq-a", "#term-head", "#term-body"]
    assert all(link["title"] for link in theory.select("article a.headerlink"))
    assert links.permalinks("<p>no theorem</p>") == "<p>no theorem</p>"


def test_the_zip_opens_as_one_folder_and_is_the_book(books, tmp_path):
    """No file carries a date, so the same pages give the same bytes."""
    packed = pack.pack(books["plain"], tmp_path / "book.zip")
    assert {entry.date_time for entry in zipfile.ZipFile(packed).infolist()} == {(1980, 1, 1, 0, 0, 0)}
    shutil.unpack_archive(packed, tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    assert (folder / "index.html").is_file() and folder.name == "provable-mtl"
    assert list(problems(folder)) == []
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    assert found == {p.relative_to(books["plain"]) for p in books["plain"].rglob("*") if p.is_file()}


def test_the_printed_book_is_one_document_with_its_links_inside(books):
    """Pages in the order of the contents, each anchor once, and no link that needs a file beside the paper."""
    text = pdf.document(books["plain"])
    book = BeautifulSoup(text, "html.parser")
    assert [page["id"] for page in book.select(".printed-page")] == ["index", "theory"]
    anchors = [tag["id"] for tag in book.find_all(id=True)]
    assert len(anchors) == len(set(anchors))
    leads = [link["href"] for link in book.select("body a[href]")]
    assert {lead.removeprefix("#") for lead in leads if lead.startswith("#")} <= set(anchors)
    assert "#theory--thm-a" in leads and "#theory--equation-eq-a" in leads
    assert all(lead.startswith(("#", "http")) for lead in leads)
    assert pdf.headings(text) == [book.title.text, "Contents", "A page", "Theory"]
    card = BeautifulSoup(CARD, "html.parser")
    assert pdf.chapter("a.html", card, {"a.html"}).get_text(" ", strip=True) == "Says it. Rebuild make"


def test_published_notebooks_install_their_own_revision(tmp_path):
    """All executable pages, without outputs, each with a first cell that installs the package on Colab only."""
    written = notebooks.write(tmp_path, "someone/book", "0a1b2c3")
    names = [path.relative_to(tmp_path).as_posix() for path in written]
    assert names[0] == "index.ipynb" and "pretraining/setting.ipynb" in names and "back/references.ipynb" not in names
    for path in written:
        notebook = nbformat.read(path, 4)
        nbformat.validate(notebook)
        first = notebook.cells[0]
        compile(first.source, path.name, "exec")
        assert "google.colab" in first.source and "git+https://github.com/someone/book@0a1b2c3" in first.source
        assert "https://raw.githubusercontent.com/someone/book/0a1b2c3/constraints.txt" in first.source
        assert not any(cell.get("outputs") for cell in notebook.cells)
    assert subprocess.run([sys.executable, "-c", first.source], check=True, capture_output=True).stdout == b""


def test_colab_buttons_find_their_notebooks(books, tmp_path):
    """The name in the button's address is a name that `make notebooks` writes."""
    written = {path.relative_to(tmp_path).as_posix() for path in notebooks.write(tmp_path, "someone/book", "0a1b2c3")}
    (button,) = (address for address in addresses(books["known"], "index") if "colab" in address)
    assert button.rpartition("/blob/notebooks/")[2] in written


def entry(text):
    """The fields of the first BibTeX entry in a text."""
    return dict(re.findall(r"^ *(\w+) *= \{(.*)\},?$", text.partition("\n}")[0], re.MULTILINE))


def test_the_citation_on_the_page_is_the_one_in_the_file():
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    page = (ROOT / "book" / "back" / "cite.md").read_text()
    given = entry(re.search(r"@software\{.*?\n\}", page, re.DOTALL)[0])
    assert given == {
        "author": "{" + " and ".join(author["name"] for author in cff["authors"]) + "}",
        "title": "{" + cff["title"] + "}",
        "version": cff["version"],
        "year": str(cff["date-released"].year),
    }
    paper, cited = cff["references"][0], entry((ROOT / "book" / "references.bib").read_text())
    assert re.sub("[{}]", "", cited["title"]).lower() == paper["title"].lower() and str(paper["year"]) == cited["year"]
    assert cited["author"].split(" and ") == [f"{a['family-names']}, {a['given-names']}" for a in paper["authors"]]
    assert cited["pages"] == f"{paper['start']}--{paper['end']}" and cited["url"] == paper["url"]


def test_binder_opens_markdown_as_notebooks():
    """The environment of the repository, and JupyterLab told what a chapter is."""
    assert (ROOT / "postBuild").stat().st_mode & 0o111
    assert "set-default-viewer markdown myst" in (ROOT / "postBuild").read_text()
    assert (ROOT / "environment.yml").exists() and not Path(ROOT / "binder").exists()

import pytest
from check_html import problems

CLEAN = """
<link rel="canonical" href="https://example.org/book.html">
<article id="top"><a href="#top">up</a> <a href="other.html#there">there</a> <a href="https://example.org">out</a>
<img src="figure.svg" alt="The error falls."></article>
"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "index.html").write_text(CLEAN)
    (tmp_path / "other.html").write_text('<p id="there">')
    (tmp_path / "figure.svg").write_text("<svg/>")
    return tmp_path


def test_a_sound_site_has_no_problems(site):
    assert list(problems(site)) == []


def test_an_empty_site_is_a_problem(tmp_path):
    assert list(problems(tmp_path))


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ('<a href="gone.html">', "dead link"),
        ('<img src="gone.svg" alt="A.">', "dead link"),
        ('<a href="#gone">', "dead anchor"),
        ('<a href="other.html#gone">', "dead anchor"),
        ('<script src="https://cdn.example.org/a.js"></script>', "network"),
        ('<script src="//cdn.example.org/a.js"></script>', "network"),
        ('<link rel="stylesheet" href="https://cdn.example.org/a.css">', "network"),
        ('<iframe src="https://example.org"></iframe>', "network"),
        ('<article><img src="figure.svg"></article>', "alt text"),
        ('<article><img src="figure.svg" alt=" "></article>', "alt text"),
        ('<article><img src="figure.svg" alt="../_images/a1b2.svg"></article>', "alt text"),
    ],
)
def test_a_fault_is_found(site, fault, said):
    (site / "fault.html").write_text(fault)
    (problem,) = problems(site)
    assert problem.startswith("fault.html: ") and said in problem


def test_a_font_from_the_network_is_found(site):
    (site / "fault.css").write_text('@font-face { src: url("https://cdn.example.org/a.woff2") }')
    (problem,) = problems(site)
    assert problem.startswith("fault.css: loads from the network")

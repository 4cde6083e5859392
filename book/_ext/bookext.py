"""The book's own Sphinx extension.

An execution cache that knows what each page depends on, time limits, nothing trusted that a killed build left, MathJax
from disk, plain docstrings.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
from pathlib import Path

from clock import Clock
from dependencies import sources
from filelock import FileLock, Timeout
from jupyter_cache import get_cache
from myst_nb.core.execute import cache as execution
from nbclient.exceptions import CellTimeoutError
from sphinx.errors import ExtensionError
from sphinx.util import logging

STATIC = Path(__file__).parent.parent / "_static"


def _fingerprint(page: str, text: str) -> str:
    """Hash of everything but a page's own text that can change what it shows."""
    versions = [f"{name}=={importlib.metadata.version(name)}" for name in ("numpy", "torch", "matplotlib", "xarray")]
    parts = [sources(page, text), *versions, os.environ.get("MTLCORE_DEVICE", "")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _configure(app, config):
    os.environ["TQDM_DISABLE"] = "1"  # inherited by the kernels: no progress bars in the pages
    config.nb_execution_cache_path = config.nb_execution_cache_path or str(Path(app.outdir).parent / ".jupyter_cache")
    config.mathjax_path = "mathjax/tex-chtml.js"
    config.html_context["default_mode"] = "auto"  # else the theme reports an invalid mode on the console


def _outdated(app, env, added, changed, removed):
    """Sphinx reads a page again when its text changed; and when what it depends on did."""
    before = getattr(env, "fingerprints", {})
    texts = {page: Path(env.doc2path(page)).read_text(encoding="utf-8") for page in env.found_docs}
    env.fingerprints = {page: _fingerprint(page, text) for page, text in texts.items()}
    return [page for page, now in env.fingerprints.items() if before.get(page) != now and page not in added]


def _key_cache(app, config):
    """Executed notebooks are kept in a folder for each fingerprint, so none outlives what it depends on."""

    def cache_of_page(path):
        return get_cache(str(Path(path) / app.env.fingerprints[app.env.docname]))

    execution.get_cache = cache_of_page


def _limit_time(app, config):
    """A chapter that takes too long stops the build, with the name of the cell."""
    run = execution.single_nb_execution

    def limited(notebook, **options):
        clock = Clock(app.env.docname)
        result = run(notebook, timeout_func=clock.timeout_of(notebook), **options)
        if isinstance(result.err, CellTimeoutError):
            raise ExtensionError(clock.verdict())
        return result

    execution.single_nb_execution = limited


def _begin(app, config):
    """One build at a time; what a build left that was killed, failed or warned is cleared away.

    Sphinx takes a page for finished if it is younger than its source, and jupyter-cache an entry if it is in the index.
    """
    folder, log = Path(app.outdir).parent, logging.getLogger(__name__)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        log.info("waiting for another build in %s", folder)
        lock.acquire()
    app.connect("build-finished", lambda app, error: lock.release(), priority=1001)
    if _unfinished(app).exists():
        log.info("the last build did not finish cleanly: starting afresh")
        for left in (app.outdir, app.doctreedir, folder / "jupyter_execute"):
            shutil.rmtree(left, ignore_errors=True)
            Path(left).mkdir()
        for executed in Path(config.nb_execution_cache_path).glob("*"):
            try:
                cache = get_cache(str(executed))
                for entry in cache.list_cache_records():
                    cache.get_cache_bundle(entry.pk)
            except Exception:  # whatever a half-written index or notebook raises
                shutil.rmtree(executed, ignore_errors=True)
    _unfinished(app).touch()


def _end(app, error):
    if error is None and not app._warncount:  # else the next build would be green: Sphinx does not warn twice
        _unfinished(app).unlink()


def _unfinished(app):
    """This file exists while a build runs, and after one that did not end well."""
    return Path(app.outdir).parent / ".unfinished"


def _copy_mathjax(app, error):
    if error or app.builder.format != "html":
        return
    source = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    fonts = "output/chtml/fonts"
    shutil.copytree(source / fonts, target / fonts, dirs_exist_ok=True)
    shutil.copy2(source / "tex-chtml.js", target)


def _drop_icon_script(app, error):
    """The theme's icons come from its fonts; its script would draw them a second time, for 1.5 MB on every page."""
    script = Path(app.outdir) / "_static" / "scripts" / "fontawesome.js"
    if script.exists():
        script.write_text("", encoding="utf-8")


def _plain_roles(app, pagename, templatename, context, doctree):
    """The bibliography's roles are deprecated, and its list has children that a list may not have."""
    for role in (' role="doc-biblioentry"', ' role="list"'):
        context["body"] = context.get("body", "").replace(role, "")


def _drop_needless_scripts(app, pagename, templatename, context, doctree):
    """MathJax is for pages with formulas; sphinx-thebe adds one script twice, whose `const` then throws."""
    bodies, files = set(), []
    for file in context.get("script_files", []):
        if "mathjax" in str(getattr(file, "filename", "")) and 'class="math' not in context.get("body", ""):
            continue
        body = getattr(file, "attributes", {}).get("body")
        if body is None or body not in bodies:
            files.append(file)
        bodies.add(body)
    context["script_files"] = files


def _used_files(app, pagename, templatename, context, doctree):
    """A folder of _static is for the pages with an element that uses it; the builder puts its files on every page."""
    used = {"", *" ".join(re.findall(r'data-use="([\w ]+)"', context.get("body") or "")).split()}

    def kept(file):
        folder = Path(getattr(file, "filename", None) or "").parent.name
        return folder in used or not (STATIC / folder).is_dir()

    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context.get(kind, []) if kept(file)]


def _plain_docstring(app, what, name, obj, options, lines):
    """Docstrings are plain text with `code`: |w| and *shape are no markup."""
    for k, line in enumerate(lines):
        parts = line.split("`")
        parts[::2] = [re.sub(r"([*|])", r"\\\1", part) for part in parts[::2]]
        lines[k] = "``".join(parts)
    if what in ("attribute", "data", "property"):  # napoleon takes what stands before a colon there for a type
        lines[:1] = [line.replace(": ", " – ") for line in lines[:1]]


def _plain_signature(app, what, name, obj, options, signature, returns):
    """A default that is no Python text, such as <factory>, would leave the whole signature unparsed."""
    return re.sub(r"= ?<(?:[^<>]|<[^<>]*>)*>", "= ...", signature or "") or None, returns


def setup(app):
    """Register the extension with Sphinx."""
    app.connect("config-inited", _configure, priority=100)
    app.connect("config-inited", _key_cache)
    app.connect("config-inited", _limit_time)
    app.connect("config-inited", _begin)
    app.connect("env-get-outdated", _outdated)
    app.connect("autodoc-process-docstring", _plain_docstring, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", _plain_signature)
    app.connect("html-page-context", _drop_needless_scripts, priority=900)
    app.connect("html-page-context", _plain_roles)
    app.connect("html-page-context", _used_files, priority=900)
    app.connect("build-finished", _copy_mathjax)
    app.connect("build-finished", _drop_icon_script)
    app.connect("build-finished", _end, priority=1000)
    return {"version": "0.1", "parallel_read_safe": True, "parallel_write_safe": True}

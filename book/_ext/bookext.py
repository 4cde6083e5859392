"""The book's own Sphinx extension: an execution cache that knows the package, MathJax from disk, plain docstrings."""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
from pathlib import Path

STATIC = Path(__file__).parent.parent / "_static"


def _fingerprint() -> str:
    """Hash of everything but a chapter's own code that can change what it shows."""
    package = Path(importlib.util.find_spec("mtlcore").origin).parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py")):
        digest.update(f"{file.relative_to(package).as_posix()}\0".encode() + file.read_bytes() + b"\0")
    for name in ("numpy", "torch", "matplotlib", "xarray"):
        digest.update(f"{name}=={importlib.metadata.version(name)}\0".encode())
    digest.update(os.environ.get("MTLCORE_DEVICE", "").encode())
    return digest.hexdigest()[:12]


def _configure(app, config):
    os.environ["TQDM_DISABLE"] = "1"  # inherited by the kernels: no progress bars in the pages
    cache = Path(config.nb_execution_cache_path or Path(app.outdir).parent / ".jupyter_cache")
    config.nb_execution_cache_path = str(cache / _fingerprint())
    config.mathjax_path = "mathjax/tex-chtml.js"
    config.html_context["default_mode"] = "auto"  # else the theme reports an invalid mode on the console


def _copy_mathjax(app, error):
    if error or app.builder.format != "html":
        return
    source = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "_static" / "mathjax"
    fonts = "output/chtml/fonts"
    shutil.copytree(source / fonts, target / fonts, dirs_exist_ok=True)
    shutil.copy2(source / "tex-chtml.js", target)


def _drop_repeated_scripts(app, pagename, templatename, context, doctree):
    """sphinx-thebe adds one inline script twice; its `const` then throws in the browser."""
    bodies, files = set(), []
    for file in context.get("script_files", []):
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


def setup(app):
    """Register the extension with Sphinx."""
    app.connect("config-inited", _configure, priority=100)
    app.connect("autodoc-process-docstring", _plain_docstring, priority=400)  # before napoleon
    app.connect("html-page-context", _drop_repeated_scripts, priority=900)
    app.connect("html-page-context", _used_files, priority=900)
    app.connect("build-finished", _copy_mathjax)
    return {"version": "0.1", "parallel_read_safe": True, "parallel_write_safe": True}

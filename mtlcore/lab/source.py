"""The code behind an experiment: what its numbers depend on besides its configuration.

Followed are the modules of the experiment's class, of its base classes and of every class and function that its fields
hold, and what these import: through the package and through modules of the user's. Of what stands in a notebook's cell
the definition counts, with those that it names. Installed packages count with their version. What no experiment imports
(findings, claims, pictures, the store) is not among it, nor is what a program finds only while it runs: a module
imported by a computed name, a file that it reads.
"""

import ast
import dataclasses
import functools
import importlib.metadata
import importlib.util
import json
import os
import platform
import sys
import types
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from mtlcore.lab import fields, syntax
from mtlcore.lab.experiment import Experiment

PACKAGE = Path(__file__).parent.parent
INSTALLED = {"site-packages", "dist-packages"}
STANDARD = Path(os.__file__).parent


@functools.lru_cache(maxsize=512)
def _seen(name: str, path: Path, changed: int) -> tuple[str, tuple[str, ...]]:
    """Digest of a module's bare code, and the names that it imports; read once for each time that it was changed."""
    if path.suffix != ".py":  # a compiled module of the user's
        return syntax.digest(path.read_bytes()), ()
    tree = syntax.bare_code(path.read_text(encoding="utf-8"))
    return syntax.digest(ast.unparse(tree)), tuple(syntax.imported(name, tree, path.stem == "__init__"))


def look(name: str, path: Path) -> tuple[str, tuple[str, ...]]:
    """Digest of a module's bare code as it stands now, and the dotted names that it imports."""
    return _seen(name, path, path.stat().st_mtime_ns)


def module_spec(name: str) -> ModuleSpec | None:
    """Where a module would be imported from, without importing it or what it lies in."""
    if (module := sys.modules.get(name)) and getattr(module, "__spec__", None):
        return module.__spec__
    parent = name.rpartition(".")[0]
    try:
        if not parent:
            return importlib.util.find_spec(name)
        above = module_spec(parent)
        places = above.submodule_search_locations if above else None
        return PathFinder.find_spec(name, places) if places is not None else None
    except (ImportError, ValueError):
        return None


def module_file(name: str) -> Path | None:
    """The file of a module of the package or of the user's; None where it has none, or is installed."""
    top, *parts = name.split(".")
    if top == PACKAGE.name:
        path = PACKAGE.joinpath(*parts)
        return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if parts and file.exists()), None)
    main = sys.modules["__main__"]
    if name == module_name("__main__") and getattr(main, "__file__", None):
        return Path(str(main.__file__)).resolve()
    spec = module_spec(name)
    return Path(spec.origin) if spec and spec.origin and spec.has_location and not is_installed(spec) else None


def is_installed(spec: ModuleSpec) -> bool:
    """Whether a module is Python's own or was installed, so that its version stands for its code."""
    origin = spec.origin if spec.has_location else None
    paths = [Path(place) for place in ([origin] if origin else spec.submodule_search_locations or [])]
    return not paths or any(INSTALLED & set(path.parts) or STANDARD in path.parents for path in paths)


def module_name(name: str) -> str:
    """The name under which a module can be imported, for the program that runs as well."""
    main = sys.modules["__main__"]
    if name != "__main__":
        return name
    if spec := getattr(main, "__spec__", None):
        return spec.name
    file: str | None = getattr(main, "__file__", None)
    return Path(file).stem if file else name


@dataclasses.dataclass(frozen=True)
class Source:
    """The code behind an experiment.

    Attributes:
        code: a digest of the bare code of each module, and of each definition typed in a cell, by name.
        installed: top-level modules of installed packages.
        files: where the user's modules lie, by name.
    """

    code: dict[str, str] = dataclasses.field(default_factory=dict)
    installed: set[str] = dataclasses.field(default_factory=set)
    files: dict[str, str] = dataclasses.field(default_factory=dict)

    def follow(self, thing: Any) -> None:
        """Add what a class or a function is made of.

        Raises:
            ValueError: if its code can't be seen.
        """
        for base in thing.__bases__ if isinstance(thing, type) else ():
            self.follow(base)
        home = module_name(fields.full_name(thing)[0])
        spec = module_spec(home.split(".")[0])
        if not (spec and is_installed(spec)) or module_file(home):
            syntax.check_name(thing)
            if syntax.in_a_cell(thing):
                return self.follow_definition(f"{home}.{thing.__qualname__}", *syntax.definition(thing))
        self.follow_module(home)

    def follow_definition(self, name: str, node: ast.AST, namespace: dict[str, Any]) -> None:
        """Add a definition typed in a cell, and what it names.

        Raises:
            ValueError: if it names what no key can hold.
        """
        if name in self.code:
            return
        self.code[name] = syntax.digest(ast.unparse(node))
        for module in syntax.imported("__main__", node, False):
            self.follow_module(module)
        for word, value in syntax.names(node, namespace).items():
            if isinstance(value, types.ModuleType):
                self.follow_module(value.__name__)
            elif isinstance(value, syntax.Dotted):
                self.follow_module(value)
            elif callable(value) and hasattr(value, "__name__"):
                self.follow(value)
            else:
                self.code[f"{name}: {word}"] = syntax.digest(json.dumps(fields.plain(value, word), sort_keys=True))
                for thing in fields.definitions(value):
                    self.follow(thing)

    def follow_module(self, name: str) -> None:
        """Add a module and what it imports, if it is one and is not installed."""
        top = name.split(".")[0]
        if name in self.code or top in self.installed:
            return
        path = module_file(name)
        if path is None:
            if (spec := module_spec(top)) and top != PACKAGE.name and is_installed(spec):
                self.installed.add(top)
            return
        self.code[name], imports = look(name, path)
        if top != PACKAGE.name:
            self.files[name] = str(path)
            imports = (*imports, name.rpartition(".")[0] or top)
        for other in imports:
            self.follow_module(other)


def sources(experiment: Experiment) -> Source:
    """The code behind an experiment.

    Raises:
        ValueError: if the code of a class or function can't be seen, so that no key could tell when it changes.
    """
    source = Source()
    for thing in fields.definitions(experiment):
        source.follow(thing)
    for name, code in source.code.items():
        if spec := getattr(sys.modules.get(name), "__spec__", None):
            if name not in _loaded or _loaded[name][0] is not spec:
                _loaded[name] = spec, code
    return source


#: The code of each module as it was first seen since it was loaded.
_loaded: dict[str, tuple[ModuleSpec, str]] = {}


def check_loaded(source: Source) -> None:
    """Refuse to compute with modules that were changed since they were loaded: the key would name what does not run.

    Raises:
        ValueError: for the first such module.
    """
    for name, code in source.code.items():
        if name in sys.modules and name in _loaded and _loaded[name][1] != code:
            raise ValueError(f"{name} was changed after it was loaded; allowed: load it again, or start Python again")


def digest_now(name: str, file: str | None) -> str | None:
    """The digest of a module's code as it stands now; None where there is no such module any more.

    Args:
        file: where it lay, if it is the user's.
    """
    path = Path(file) if file and Path(file).is_file() else module_file(name)
    return look(name, path)[0] if path else None


@functools.cache
def _distributions() -> dict[str, list[str]]:
    return dict(importlib.metadata.packages_distributions())


def versions(installed: set[str]) -> dict[str, str]:
    """The versions of Python and of the packages that bring these top-level modules, by the packages' names."""
    packages = sorted({package for module in installed for package in _distributions().get(module, [])})
    return {"python": platform.python_version()} | {name: importlib.metadata.version(name) for name in packages}


def version_now(name: str) -> str | None:
    """The version of Python or of a package; None where it is not installed any more."""
    try:
        return platform.python_version() if name == "python" else importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None

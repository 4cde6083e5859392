"""pyproject.toml, the lock, environment.yml and what is installed name the same packages."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WANTED = [Requirement(r) for r in PROJECT["dependencies"] + sum(PROJECT["optional-dependencies"].values(), [])]
LOCK = (ROOT / "constraints.txt").read_text().splitlines()
PINS = {canonicalize_name(r.name): r for r in (Requirement(line) for line in LOCK if not line.startswith("#"))}


def test_environment_yml_installs_the_project_and_nothing_else():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    extras = ",".join(PROJECT["optional-dependencies"])
    assert environment["dependencies"] == [
        f"python={PROJECT['requires-python'].removeprefix('>=')}",
        "pip",
        {"pip": ["-c constraints.txt", f"-e .[{extras}]"]},
    ]


def test_the_lock_pins_every_package_to_one_version_of_any_build():
    assert all(re.fullmatch(r"==[\w.]+", str(pin.specifier)) for pin in PINS.values()), LOCK


def test_every_direct_dependency_is_pinned_within_its_bounds():
    for wanted in WANTED:
        (pin,) = PINS[canonicalize_name(wanted.name)].specifier
        assert pin.version in wanted.specifier, wanted


def test_the_installed_versions_are_the_pinned_ones():
    installed = {canonicalize_name(d.name): d.version for d in metadata.distributions()}
    off = [
        f"{installed[n]} is not {pin}"
        for n, pin in PINS.items()
        if n in installed and installed[n] not in pin.specifier
    ]
    assert not off, "run `make book` or install with -c constraints.txt"

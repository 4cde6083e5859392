"""Run-time shape checks for the unit tests, and what is compared of the chapters."""

import os
from pathlib import Path

os.environ["TQDM_DISABLE"] = "1"  # read when tqdm is imported, and inherited by the kernels: bars are no output

import torch  # noqa: E402
from hypothesis import settings  # noqa: E402
from jaxtyping import install_import_hook  # noqa: E402

# Before anything imports mtlcore: from here on each call is checked against its annotations.
install_import_hook("mtlcore", "typechecker.check")

pytest_plugins = ["declared", "timed"]  # what nbval is to compare besides text, and for how long a cell may run

# The same examples in every run and on every machine, however slow it is; nothing is written next to the tests.
settings.register_profile("book", derandomize=True, deadline=None, database=None)
settings.load_profile("book")


def pytest_configure(config):
    torch.set_num_threads(1)  # as `compute` does; on small tensors threads only wait for each other
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTEST_ADDOPTS"):  # a test's `make` is no part of `make test`
        os.environ.pop(name, None)
    config.option.nbval_sanitize_with = str(Path(__file__).with_name("sanitize.cfg"))

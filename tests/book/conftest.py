"""A project with a small book, to be built."""

import pytest
from building import copy_project


@pytest.fixture
def project(tmp_path):
    return copy_project(tmp_path)

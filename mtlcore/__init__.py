"""Provable multi-task representation learning by two-layer ReLU networks, as something to run."""

__version__ = "0.1.0"

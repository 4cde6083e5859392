"""Provable multi-task representation learning by two-layer ReLU networks, as something to run."""

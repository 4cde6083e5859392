"""Part I: gradient-based multi-task pretraining of two-layer ReLU networks."""

"""What a stored experiment says about the statements of its figure; a module for each chapter."""

import json

import xarray as xr

from mtlcore.claims.compare import Finding
from mtlcore.claims.findings.contrastive import contrastive_matrix
from mtlcore.claims.findings.downstream import dimensions, independence, sample_sizes
from mtlcore.claims.findings.limits import controls, informative, random_features, scaling
from mtlcore.claims.findings.neurons import fan_out, recursion, shared_head
from mtlcore.claims.findings.representation import skew, task_count
from mtlcore.claims.findings.steps import finite_step, one_step, phases

#: The function for each experiment, by the name of its class.
FINDINGS = {
    "TaskCount": task_count,
    "Skew": skew,
    "Dimensions": dimensions,
    "SampleSizes": sample_sizes,
    "ContrastiveMatrix": contrastive_matrix,
    "SharedHead": shared_head,
    "FanOut": fan_out,
    "Independence": independence,
    "InformativeTask": informative,
    "Controls": controls,
    "RandomFeatures": random_features,
    "Scaling": scaling,
    "OneStep": one_step,
    "FiniteStep": finite_step,
    "Phases": phases,
    "Recursion": recursion,
}


def findings(ds: xr.Dataset) -> list[Finding]:
    """What a data set says about its figure's statements.

    Args:
        ds: the data set of an experiment, as the store holds it.

    Returns:
        The findings; none if the configuration lacks a number of tasks, a setting or an iteration that they speak of.
    """
    try:
        return FINDINGS[json.loads(ds.attrs["record"])["configuration"]["experiment"]](ds)
    except KeyError:
        return []

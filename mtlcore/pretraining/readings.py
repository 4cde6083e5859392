"""Whether the empty set is in the law behind an experiment's data: what the badge of a figure says."""

import xarray as xr

from mtlcore.lab.experiment import Experiment
from mtlcore.pretraining import tasks

WITH, WITHOUT = tasks.READINGS
#: Experiments whose laws have no name, neither as a field nor as a coordinate of their data, and have the empty set in.
UNNAMED = {
    "independence": (WITH,),
    "informative-task": (WITHOUT, WITH),
    "one-step": (WITHOUT, WITH),
    "sampled-empty-set": (WITH,),
}


def empty_set(experiment: Experiment, ds: xr.Dataset) -> tuple[str, ...]:
    """The readings of the law that an experiment's data set holds, from the law's name in its field or coordinate.

    Returns:
        Some of `tasks.READINGS`; without the empty set where nothing is said, the book's own reading.
    """
    if experiment.name in UNNAMED:
        return UNNAMED[experiment.name]
    named = [vars(experiment)["law"]] if "law" in vars(experiment) else ds.coords.get("law", xr.DataArray([])).values
    has = {name == WITH for name in named} or {False}
    return tuple(reading for reading, inside in ((WITHOUT, False), (WITH, True)) if inside in has)

"""The machine that computes: its devices, cores, memory and processor."""

import contextlib
import os
import platform
import resource
import sys
from pathlib import Path

import torch


def resolve_device(name: str) -> str:
    """Turn a device's name into one that torch has here.

    Args:
        name: "cpu", "auto" (an accelerator where there is one, else the CPU), or any torch device such as "cuda:1".

    Raises:
        ValueError: if torch does not know the device, or this machine does not have it.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise ValueError(
            f"device {name!r} is not available here; allowed: 'cpu', 'auto', or a device that torch finds"
        ) from None
    return name


def default_device() -> str:
    """The device that MTLCORE_DEVICE names, by default the CPU.

    Raises:
        ValueError: as in `resolve_device`.
    """
    return resolve_device(os.environ.get("MTLCORE_DEVICE", "cpu"))


def device_name(device: str) -> str:
    """What a device is called by who made it, as far as torch tells."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def processor() -> str:
    """The processor's model, or its architecture where the system does not tell."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def cores() -> int:
    """Number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def forget_peak(device: str) -> None:
    """Begin to measure the peak of memory anew, where the system can."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory(device: str) -> int:
    """The most memory held since `forget_peak`, or since the start where the system can't forget.

    Returns:
        Bytes on the accelerator where there is one, else of this process.
    """
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device)
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak

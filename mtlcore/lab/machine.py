"""The machine that computes: its devices, cores, memory and processor."""

import contextlib
import multiprocessing
import os
import platform
import sys
import threading
from pathlib import Path, PurePosixPath

import torch

try:
    import resource
except ImportError:  # on Windows
    resource = None  # type: ignore[assignment]


def resolve_device(name: str) -> str:
    """Turn a device's name into one that torch has here, and have single precision be that: no TF32 on any device.

    Args:
        name: "cpu", "auto" (an accelerator where there is one, else the CPU), or any torch device such as "cuda:1".

    Returns:
        The name; "cpu" for every name of the CPU, so that records have one.

    Raises:
        ValueError: if torch does not know the device, this machine does not have it, or it holds no numbers.
    """
    torch.set_float32_matmul_precision("highest")
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.zeros(1, device=name).device
        device.type == "cpu" or torch.zeros(1, device=name).item()  # what only has shapes has no items
        device = None if device.type == "cpu" and torch.device(name).index else device  # torch gives any CPU a number
    except (RuntimeError, AssertionError, NotImplementedError, ImportError):
        device = None
    if device is None:
        raise ValueError(f"device {name!r} is not available here; allowed: 'cpu', 'auto', or a device that torch finds")
    return "cpu" if device.type == "cpu" else name


def default_device() -> str:
    """The device that MTLCORE_DEVICE names, by default the CPU.

    Raises:
        ValueError: as in `resolve_device`.
    """
    return resolve_device(os.environ.get("MTLCORE_DEVICE") or "cpu")


def device_name(device: str) -> str:
    """What a device is called by who made it, as far as torch tells."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def precision() -> str:
    """How torch multiplies matrices of single precision; "highest" where no TF32 or bfloat16 stands in."""
    return torch.get_float32_matmul_precision()


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


def nested() -> bool:
    """Whether this is a process or a thread that somebody started to work beside others."""
    return multiprocessing.parent_process() is not None or threading.current_thread() is not threading.main_thread()


def jobs() -> int:
    """How many processes a computation may start: MTLCORE_JOBS, by default one for each core.

    Returns:
        1 where this is `nested`, whatever is set.

    Raises:
        ValueError: for anything but a whole number, at least 1.
    """
    said = os.environ.get("MTLCORE_JOBS") or str(cores())
    if not said.isdecimal() or int(said) < 1:
        raise ValueError(f"MTLCORE_JOBS = {said!r}; allowed: a whole number, at least 1")
    return 1 if nested() else int(said)


def available_memory(device: str) -> int:
    """Bytes that a computation may still take: of the accelerator, or what system and control groups leave to us."""
    if device.startswith("cuda"):
        return torch.cuda.mem_get_info(device)[0]
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")] if hasattr(os, "sysconf") else [sys.maxsize]
    with contextlib.suppress(OSError):
        for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("MemAvailable:"):
                limits.append(1024 * int(line.split()[1]))
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, kind, own = line.split(":", 2)
            root, file = ("memory", "memory.limit_in_bytes") if kind == "memory" else ("", "memory.max")
            for group in (PurePosixPath(own), *PurePosixPath(own).parents):
                with contextlib.suppress(OSError, ValueError):  # "max" is no number
                    limit = Path(f"/sys/fs/cgroup/{root}/{group}/{file}").read_text(encoding="utf-8")
                    limits.append(int(limit))
    return min(limits)


def forget_peak(device: str) -> None:
    """Begin to measure the peak of memory anew, where the system can."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")


def peak_memory(device: str) -> int:
    """The most memory held since `forget_peak`, or since the start where the system can't forget.

    Returns:
        Bytes on the accelerator where there is one, else of this process; 0 on Windows, which does not tell.
    """
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device)
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    if resource is None:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak

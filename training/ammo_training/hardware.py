"""What this machine has and what a job gets of it; asks torch only where a GPU is in question."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import psutil

from ammo_agents.errors import BadInputError
from ammo_training.config import Machine

BILLION = 1_000_000_000
LOOK_S = 1.0
"""Seconds the cores are looked at."""
VERSIONS = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "safetensors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The device a job computes on, decided once and kept."""

    device: Literal["cpu", "cuda"]
    dtype: Literal["float32", "bfloat16"]
    checkpointing: bool
    threads: int
    devices: int = 1
    flash: bool = False


def free_threads() -> int:
    """Return the cores nobody uses now, at least one: on shared cores two threads are slower than one.

    Looked at for a second: the load average is of the last minute, so of what has just ended too.
    """
    busy = float(sum(psutil.cpu_percent(LOOK_S, percpu=True))) / 100
    return max(1, len(os.sched_getaffinity(0)) - round(busy))


def choose(machine: Machine, *, weights: int, cuda: int, bf16: bool) -> Where:
    """Return where a base of this many weights is trained, given `cuda` GPUs and whether they know bfloat16.

    Raises:
        BadInputError: a GPU is asked for and there is none, or fewer than asked for.
    """
    if machine.device == "cuda" and not cuda:
        raise BadInputError(
            "machine.device is 'cuda', but torch sees no GPU here",
            hint="Set machine.device=cpu, or install the CUDA build of torch (docs/training.md).",
        )
    device: Literal["cpu", "cuda"] = "cuda" if cuda and machine.device != "cpu" else "cpu"
    if device == "cuda" and machine.devices > cuda:
        raise BadInputError(
            f"machine.devices is {machine.devices}, torch sees {cuda}",
            hint=f"Set machine.devices={cuda}.",
        )
    auto: Literal["float32", "bfloat16"] = "bfloat16" if device == "cuda" and bf16 else "float32"
    on = machine.checkpointing == "on" or (
        machine.checkpointing == "auto" and device == "cuda" and weights > BILLION
    )
    return Where(
        device=device,
        dtype=auto if machine.dtype == "auto" else machine.dtype,
        checkpointing=on,
        threads=machine.threads or free_threads(),
        devices=machine.devices,
        flash=machine.flash and device == "cuda",
    )


def here(folder: Path) -> dict[str, Any]:
    """Return processor, cores, load, memory and disk (MB), Python and the versions of what trains."""
    memory = psutil.virtual_memory()
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "memory_mb": memory.total >> 20,
        "memory_free_mb": memory.available >> 20,
        "disk_free_mb": shutil.disk_usage(_there(folder)).free >> 20,
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in VERSIONS},
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _there(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder

"""Training in several processes: ``accelerate launch`` with one of them a GPU, or a CPU process each for a test."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from typing import Any

from ammo_agents.durable import write_json
from ammo_agents.errors import RefusedError
from ammo_training.files import read_json
from ammo_training.folders import TrainingFolders
from ammo_training.options import TrainConfig
from ammo_training.progress import Journal
from ammo_training.run import Run

STOP = "stop.asked"
"""A file that asks every process to end after its step."""
RESULT = "many.json"
"""What the first of the processes leaves: why training ended early, or nothing."""
LOOK_S = 0.5


def command(run: Run, config: TrainConfig, *, gpu: bool) -> list[str]:
    """Return the line that starts every process; accelerate knows several of them on GPUs only."""
    work = ["-m", "ammo_training.job", str(run.folder), "--fit"]
    number = str(config.machine.devices)
    if not gpu:
        alone = ["--standalone", "--nproc_per_node", number]
        return [sys.executable, "-m", "torch.distributed.run", *alone, *work]
    options = {
        "--num_processes": number,
        "--num_machines": "1",
        "--mixed_precision": "no",  # the trainer's own configuration says it
        "--dynamo_backend": "no",
    }
    words = [word for pair in options.items() for word in pair]
    return [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", *words, *work]


def launched(run: Run, config: TrainConfig, asked: Any) -> str:
    """Start them, wait, and return why training ended early; empty = it is done.

    Raises:
        RefusedError: a process failed; the log says why.
    """
    for name in (RESULT, STOP):
        (run.folder / name).unlink(missing_ok=True)
    gpus = importlib.import_module("ammo_training.load").gpus()[0]
    line = command(run, config, gpu=config.machine.device != "cpu" and gpus > 0)
    with subprocess.Popen(line, start_new_session=True) as child:
        asked.gentle = True
        while child.poll() is None:
            if asked.reason():
                (run.folder / STOP).touch()
            time.sleep(LOOK_S)  # noqa: TID251 - a process that only waits
        asked.gentle = False
    if child.returncode or not (run.folder / RESULT).is_file():
        raise RefusedError(
            f"training in {config.machine.devices} processes ended with {child.returncode}",
            hint=f"Its reason is in {run.log}.",
        )
    return str(read_json(run.folder / RESULT)["reason"])


def one_of_many(run: Run, config: TrainConfig) -> int:
    """Be one of the processes: train, and if it is the first one, tell."""
    job_module = importlib.import_module("ammo_training.job")
    prepare = importlib.import_module("ammo_training.prepare")
    fit = importlib.import_module("ammo_training.fit")
    folders = TrainingFolders(root=run.folder.parent.parent)
    base = job_module.base_of(run, config, folders)
    job = fit.opened(config, run, folders, base, prepare.again(config, run), many=True)
    first = int(os.environ.get("RANK", "0")) == 0  # noqa: TID251 - set by the launcher, no setting

    def stop() -> str:
        return _agreed(wish=(run.folder / STOP).exists())

    if not first:
        fit.fit(job, None, stop=stop, say=_silent)
        return 0
    with Journal(run) as journal:
        reason: str = fit.fit(job, journal, stop=stop, say=job_module.say)
    write_json(run.folder / RESULT, {"reason": reason})
    return 0


def _agreed(*, wish: bool) -> str:
    """Return the reason once one process sees the wish: all must end after the same step."""
    import torch  # noqa: PLC0415 - heavy
    import torch.distributed as dist  # noqa: PLC0415 - heavy

    device = "cuda" if dist.get_backend() == "nccl" else "cpu"
    flag = torch.tensor([float(wish)], device=device)
    dist.all_reduce(flag)
    return "it was asked to stop" if float(flag) > 0 else ""


def _silent(words: str) -> None:
    """Say nothing: the first process speaks for all."""

"""A job as the process it is: killed, stopped, out of room, gone on with; at the end the weights of an undisturbed run."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import toy
from ammo_training import config as configs
from ammo_training import fit, job, launching, resume, starting
from ammo_training import run as runs
from ammo_training.base_folder import check
from ammo_training.folders import TrainingFolders
from ammo_training.options import TrainConfig
from ammo_training.prepare import prepare
from ammo_training.progress import Journal, read_metrics
from ammo_training.run import Run
from safetensors.torch import load_file

from ammo_agents.adapters import jobs
from ammo_agents.durable import write_json
from ammo_agents.errors import BadInputError, ConflictError, DamagedError, TamperedError
from ammo_agents.settings import Settings
from ammo_agents.testing.command import SCRIPTED, AmmoCommand

pytestmark = [
    # trl asks transformers 5 for a name that transformers 6 drops.
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"),
]
SETS = ("machine.device=cpu", "machine.threads=1", "train.steps=40", "train.save_every=4")
LONG = 120
"""Steps of a run that still trains when a command that was started meanwhile reaches it."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "models" / "toy").mkdir(parents=True)
    toy.gguf(tmp_path / "models" / "toy" / "toy.gguf")
    toy.write(tmp_path / "pairs.jsonl", toy.pairs(48))
    return Settings(home=tmp_path / "home", models_dir=tmp_path / "models", model="local/toy")


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    return configs.resolve(None, SETS, data__pairs=str(tmp_path / "pairs.jsonl"))


def wait(run: Run, ready: Callable[[Run], bool]) -> Run:
    """Return the run once it is ready; some minutes at most."""
    pause = threading.Event()
    for _ in range(3000):
        found = runs.read(run.folder)
        if ready(found):
            return found
        pause.wait(0.05)
    raise AssertionError(f"{found} never got there: {run.log.read_text('utf-8')[-3000:]}")


def steps(run: Run) -> int:
    lines = read_metrics(run.metrics)
    return int(lines[-1]["step"]) if lines else 0


def undisturbed(settings: Settings, config: TrainConfig, base: Path) -> Path:
    """Train the same in this process, and return the adapter's weights."""
    folders = TrainingFolders(root=base.parent.parent)
    made = starting.make(settings, config)
    prepared = prepare(config, made, folders)
    opened = fit.opened(config, made, folders, check(base), prepared)
    with Journal(made) as journal:
        assert not fit.fit(opened, journal, stop=str, say=str)
    return made.trained / fit.WEIGHTS


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_stopped_and_out_of_room_it_ends_with_the_weights_of_an_undisturbed_run(
    settings: Settings, config: TrainConfig
) -> None:
    config = replace(config, train=replace(config.train, steps=LONG))
    run = starting.begin(starting.make(settings, config))
    killed = wait(run, lambda r: r.state == "running" and steps(r) >= 6)
    os.kill(killed.pid, signal.SIGKILL)
    found = wait(run, lambda r: r.state == "interrupted")
    assert f"--resume {run.id}" in found.hint

    starting.again(found)
    wait(run, lambda r: r.state == "running" and steps(r) >= 12)
    ammo = AmmoCommand(settings.home, {**SCRIPTED, "AMMO_STORE": "exact"})
    assert f"--resume {run.id}" in ammo("runs", "stop", run.id).stdout
    stopped = wait(run, lambda r: r.state not in {"running", "queued"})
    assert (stopped.state, stopped.fault, stopped.exit_code) == ("stopped", job.ASKED, 130)
    assert 12 <= stopped.step < LONG
    assert "is stopped: nothing to stop" in ammo("runs", "stop", run.id, code=3).stderr
    assert resume.all_states(run.saved)[-1].name == f"step-{stopped.step:06d}"

    line = f"ulimit -f 100; exec {sys.executable} -m ammo_training.job {run.folder}"
    with run.log.open("ab") as log:
        out = subprocess.run(["bash", "-c", line], stdout=log, stderr=log, check=False)
    full = runs.read(run.folder)
    assert (full.state, full.exit_code, out.returncode) == ("failed", 5, 5)
    assert "no room to write" in full.fault
    assert "--resume" in full.hint
    assert resume.all_states(run.saved)[-1].name == f"step-{stopped.step:06d}"

    starting.again(full)
    end = wait(run, lambda r: (r.trained / fit.CONFIG).is_file() and r.stage != "train")
    jobs.stop(run.folder)
    assert [m["step"] for m in read_metrics(end.metrics) if "loss" in m] == list(range(1, LONG + 1))
    base = next((run.folder.parent.parent / "bases").iterdir())
    mine = load_file(run.trained / fit.WEIGHTS)
    whole = load_file(undisturbed(settings, config, base))
    assert max(float((mine[k] - whole[k]).abs().max()) for k in whole) == 0.0
    for child in jobs.STARTED:
        child.wait()


def test_a_run_is_refused_once_its_base_or_its_configuration_changed(
    settings: Settings, config: TrainConfig, tmp_path: Path
) -> None:
    run = starting.make(settings, config)
    config = configs.from_json(run.config)
    folders = TrainingFolders(root=run.folder.parent.parent)
    first = job.base_of(run, config, folders)
    assert first.source == "toy.gguf"
    source = tmp_path / "models" / "toy" / "toy.gguf"
    source.unlink()
    toy.gguf(source, seed=1)
    with pytest.raises(TamperedError, match=f"began on base {first.sha256}"):
        job.base_of(run, config, folders)
    changed = replace(config, seed=8)
    write_json(run.config, configs.as_json(changed))
    with pytest.raises(DamagedError, match="was changed: its hash is"):
        job._begun(run.folder, changed)


def test_a_run_that_is_done_or_at_work_is_not_started_again(
    settings: Settings, config: TrainConfig
) -> None:
    made = starting.make(settings, config)
    with pytest.raises(ConflictError, match="is queued"):
        starting.again(made)
    done = runs.write(replace(made, state="done", adapter="a_1"))
    with pytest.raises(ConflictError, match="adapter a_1"):
        starting.again(done)


def test_a_run_without_rows_is_not_made(settings: Settings, tmp_path: Path) -> None:
    for sets in ([], [f"data.pairs={tmp_path / 'none.jsonl'}"]):
        with pytest.raises(BadInputError):
            starting.make(settings, configs.resolve(None, sets))
    assert not (tmp_path / "home" / "data" / "training" / "runs").exists()


def test_the_end_of_a_run_is_an_error_with_its_exit_code(tmp_path: Path) -> None:
    for code in (1, 2, 3, 4, 5):
        one = Run(folder=tmp_path, id="x", kind="dpo", state="failed", exit_code=code, fault="why")
        assert (starting.fault_of(one).exit_code, starting.fault_of(one).message) == (code, "why")
    gone = Run(folder=tmp_path, id="x", kind="dpo", state="interrupted", fault="gone")
    assert starting.fault_of(gone).exit_code == 5


def test_no_memory_and_no_disk_are_told_from_bugs() -> None:
    config = TrainConfig()
    assert job.as_fault(
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), config
    )
    assert job.as_fault(MemoryError(), config)
    assert job.as_fault(ImportError("x.so: failed to map segment from shared object"), config)
    assert job.as_fault(OSError(28, "No space left on device"), config)
    assert job.as_fault(RuntimeError("shapes do not fit"), config) is None


def test_several_gpus_start_through_accelerate_and_several_cpu_processes_through_torch(
    tmp_path: Path,
) -> None:
    run = Run(folder=tmp_path, id="x", kind="dpo")
    config = configs.resolve(None, ["machine.devices=4"])
    gpus, cpus = (launching.command(run, config, gpu=gpu) for gpu in (True, False))
    assert gpus[1:4] == ["-m", "accelerate.commands.launch", "--multi_gpu"]
    assert gpus[gpus.index("--num_processes") + 1] == "4"
    assert cpus[1:6] == ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "4"]
    for line in (gpus, cpus):
        assert line[-4:] == ["-m", "ammo_training.job", str(tmp_path), "--fit"]


def test_a_thread_that_computes_on_does_not_keep_a_run_that_was_asked_to_end() -> None:
    """A report's log-probs are computed in a thread: the process that waits for it ends all the same."""
    program = """
import asyncio, os, signal, threading, time
from ammo_training import job
job.GRACE_S = 0.2
asked = job.Asked(0)
asked.late = lambda: os._exit(130)
asked.listen()
async def main():
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    await asyncio.to_thread(time.sleep, 600)
asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=50)
    assert done.returncode == 130

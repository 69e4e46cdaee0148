"""A run's folder: what it says of itself, and what a kill leaves."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from ammo_training import run
from ammo_training.folders import training_folders

from ammo_agents.errors import DamagedError, LockedError, NotFoundError
from ammo_agents.settings import Settings

HOLDER = """
import sys, time
from pathlib import Path
from ammo_training import run
with run.held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def made(runs: Path, **more: object) -> run.Run:
    asked = run.Run(folder=runs, id=run.new_id(), kind="dpo", name="film", seed=7)
    return run.create(runs, replace(asked, **more))


def test_the_folders_lie_below_the_data_folder(tmp_path: Path) -> None:
    found = training_folders(Settings(home=tmp_path))
    assert found.runs == tmp_path / "data" / "training" / "runs"
    assert found.adapters == tmp_path / "data" / "training" / "adapters"
    assert not found.root.exists()


def test_a_run_reads_as_it_was_written(tmp_path: Path) -> None:
    first = made(tmp_path, target="movie/noir", set="film")
    with run.held(first.folder):
        second = run.write(replace(first, state="running", stage="train", step=3, steps=9))
        assert run.read(first.folder) == second


def test_a_run_whose_process_is_killed_is_interrupted_and_says_how_to_go_on(tmp_path: Path) -> None:
    one = made(tmp_path)
    line = [sys.executable, "-c", HOLDER, str(one.folder)]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        run.write(replace(one, state="running", stage="train", pid=child.pid, step=4, steps=9))
        assert run.read(one.folder).state == "running"
        with pytest.raises(LockedError, match="another process"), run.held(one.folder):
            pass
        child.kill()
        child.wait()
    found = run.read(one.folder)
    assert (found.state, found.step) == ("interrupted", 4)
    assert f"--resume {one.id}" in found.hint


def test_a_queued_run_is_interrupted_once_nobody_lives_who_will_start_it(tmp_path: Path) -> None:
    one = made(tmp_path)
    assert run.read(one.folder).state == "queued"
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    run.write(replace(one, pid=child.pid))
    assert run.read(one.folder).state == "interrupted"


def test_a_broken_run_is_shown_as_failed_beside_the_others(tmp_path: Path) -> None:
    good, bad = made(tmp_path), made(tmp_path)
    (bad.folder / run.NAME).write_text("{", encoding="utf-8")
    states = {r.id: r.state for r in run.all_runs(tmp_path)}
    assert states == {good.id: "queued", bad.id: "failed"}
    with pytest.raises(DamagedError, match=r"run\.json"):
        run.read(bad.folder)


def test_a_run_is_found_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    one = made(tmp_path)
    assert run.find(tmp_path, one.id[:-2]).id == one.id
    for id in ("x", "", f"../{tmp_path.name}/{one.id}"):
        with pytest.raises(NotFoundError):
            run.find(tmp_path, id)


def test_the_verbs_of_jobs_load_nothing_heavy() -> None:
    code = (
        "import sys, ammo_training.cli.jobbing, ammo_training.cli.jobs, ammo_training.starting;"
        "print(sorted({'torch', 'trl', 'transformers', 'peft', 'datasets'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_the_list_shows_what_cannot_be_read_and_a_run_that_ended(tmp_path: Path) -> None:
    runs_folder = training_folders(Settings(home=tmp_path)).runs
    done = made(runs_folder, state="done", adapter="a_0123456789abcdef", step=9, steps=9)
    broken = made(runs_folder)
    (broken.folder / run.NAME).write_text("[]", encoding="utf-8")
    line = [sys.executable, "-m", "ammo_agents.cli.main", "--home", str(tmp_path), "train", "list"]
    out = subprocess.run([*line, "--json"], capture_output=True, text=True, check=True)
    rows = {row["id"]: row for row in json.loads(out.stdout)["runs"]}
    assert (rows[done.id]["state"], rows[done.id]["adapter"]) == ("done", "a_0123456789abcdef")
    assert (rows[broken.id]["state"], rows[broken.id]["hint"]) == (
        "failed",
        "Move the folder away.",
    )
    out = subprocess.run([*line[:-1], "run", "--json"], capture_output=True, text=True, check=False)
    assert out.returncode == 2
    assert "no rows to learn from" in out.stderr + out.stdout

"""What a trained run becomes: whom it learned from, its parents' people too, and every reason to refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import toy
import toy_lora
from ammo_training import run as runs
from ammo_training.base_folder import seal
from ammo_training.folders import TrainingFolders
from ammo_training.packaging import package
from ammo_training.run import Run

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.aipp.pairs import Pair, write
from ammo_agents.errors import DamagedError, RefusedError, TamperedError

# PEFT asks transformers by a name that version 6 drops.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


@pytest.fixture
def folders(tmp_path: Path) -> TrainingFolders:
    found = TrainingFolders(root=tmp_path / "training")
    toy.base(found.bases / "toy")
    return found


def trained(
    folders: TrainingFolders, id: str, *, people: tuple[str, ...] = ("p1", "p2"), **config: Any
) -> Run:
    """Return a run as it stands when training has ended."""
    sha = json.loads((folders.bases / "toy" / "manifest.json").read_text("utf-8"))["sha256"]
    if (folders.bases / "toy").is_dir() and not (folders.bases / sha).exists():
        (folders.bases / "toy").rename(folders.bases / sha)
        (folders.bases / "toy").symlink_to(folders.bases / sha)
    run = runs.create(
        folders.runs, Run(folder=folders.runs, id=id, kind="dpo", target="coin", seed=3)
    )
    rows = [
        Pair(prompt=f"Say {n}.", chosen="Short.", rejected="Long, long.", user=p, events=(f"b_{id}{n}",), consent=7)
        for n, p in enumerate(people)
    ]  # fmt: skip
    write(run.rows / "train.jsonl", rows)
    place = {"base": "local/toy", "base_sha256": sha, "source": "elsewhere"}
    told = {"set_sha256": "cd" * 32, "alone": len(people) == 1}
    for name, held in (("place", place), ("prepared", told), ("config", {"kind": "dpo", **config})):
        (run.folder / f"{name}.json").write_text(json.dumps(held), encoding="utf-8")
    row = {"step": 4, "seconds": 1.0, "loss": 0.5, "margin": 0.25, "accuracy": None}
    run.metrics.write_text(json.dumps(row) + "\n", encoding="utf-8")
    toy_lora.saved(run.trained)
    return run


def test_a_run_becomes_an_adapter_that_says_whom_it_learned_from(folders: TrainingFolders) -> None:
    run = trained(folders, "one")
    made = package(run)
    kept = AdapterFolder(folders.adapters)
    assert kept.read(made.id) == made
    assert set(made.files) == {"adapter_config.json", "adapter_model.safetensors", "adapter.gguf"}
    assert (made.base, made.target, made.run, made.seed) == ("local/toy", "coin", "one", 3)
    assert (made.people, made.events, made.consent) == (("p1", "p2"), ("b_one0", "b_one1"), "7")
    assert made.metrics == {"loss": 0.5, "margin": 0.25}
    assert made.versions["peft"]
    assert not made.personal
    assert package(runs.read(run.folder)).id == made.id, "packed again, it is the same"
    assert len(kept.all()) == 1


def test_a_child_carries_its_parents_people_and_one_person_is_personal(
    folders: TrainingFolders,
) -> None:
    parent = package(trained(folders, "parent", people=("p9",)))
    child = package(trained(folders, "child", parent=parent.id))
    assert parent.personal
    assert child.personal, "what was one person's stays theirs"
    assert child.parents == (parent.id,)
    assert child.people == ("p1", "p2", "p9")
    assert "b_parent0" in child.events


def test_what_cannot_be_packed_is_refused_and_nothing_is_kept(folders: TrainingFolders) -> None:
    run = trained(folders, "dora")
    config = run.trained / "adapter_config.json"
    held = json.loads(config.read_text(encoding="utf-8"))
    config.write_text(json.dumps(held | {"use_dora": True}), encoding="utf-8")
    with pytest.raises(RefusedError, match="DoRA"):
        package(run)
    assert AdapterFolder(folders.adapters).all() == ()
    assert not list(folders.root.glob(".pack-*"))


def test_a_base_that_changed_since_is_refused(folders: TrainingFolders) -> None:
    run = trained(folders, "one")
    (config,) = folders.bases.glob("[0-9a-f]*/config.json")
    config.write_text(config.read_text("utf-8").replace("llama", "llamas"), encoding="utf-8")
    with pytest.raises(TamperedError, match=r"config\.json"):
        package(run)
    (run.folder / "place.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DamagedError, match="which base"):
        package(run)


def test_of_another_architecture_the_peft_files_alone_are_kept(folders: TrainingFolders) -> None:
    run = trained(folders, "other")
    place = json.loads((run.folder / "place.json").read_text(encoding="utf-8"))
    home = folders.bases / place["base_sha256"]
    config = home / "config.json"
    config.write_text(config.read_text("utf-8").replace('"llama"', '"qwen3"'), encoding="utf-8")
    seal(home, name="other", sha256=place["base_sha256"])
    made = package(run)
    assert "adapter.gguf" not in made.files
    assert "gguf" not in made.lora

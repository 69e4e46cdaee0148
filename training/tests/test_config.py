"""What a job is asked: one file, --set, refusals that name the place, and where it runs by the machine."""

import os
from pathlib import Path

import pytest
from ammo_training import config, hardware
from ammo_training.hardware import choose, free_threads
from ammo_training.offline import set_trackers
from ammo_training.options import SECTIONS, Machine, TrainConfig

from ammo_agents.errors import BadInputError, SettingError


def test_a_flag_beats_set_and_set_beats_the_file(tmp_path: Path) -> None:
    file = tmp_path / "film.yaml"
    file.write_text("name: film\nseed: 3\nlora: {r: 4}\ntrain: {batch: 2, learning_rate: 2e-4}\n")
    found = config.resolve(file, ["seed=5", "lora.r=16", "trackers=tensorboard"], seed=9)
    assert (found.name, found.seed, found.lora.r, found.train.batch) == ("film", 9, 16, 2)
    assert found.train.learning_rate == pytest.approx(2e-4)
    assert found.trackers == ("tensorboard",)


def test_the_printed_yaml_asks_for_the_same_and_has_the_same_hash(tmp_path: Path) -> None:
    first = config.resolve(None, ["loss.types=sigmoid,sft", "loss.weights=[1, 0.5]", "name=a: b"])
    (tmp_path / "same.yaml").write_text(config.as_yaml(first), encoding="utf-8")
    second = config.resolve(tmp_path / "same.yaml")
    assert second == first
    assert config.sha256_of(second) == config.sha256_of(first)
    assert config.sha256_of(config.resolve(None, ["seed=8"])) != config.sha256_of(first)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("lora.rr=3", "lora.r"),
        ("lora=3", "lora"),
        ("train.batch=many", "train.batch"),
        ("train.steps=1.5", "whole number"),
        ("machine.device=tpu", "auto, cpu, cuda"),
        ("loss.types=dopo", "loss.types"),
        ("loss.types=exo_pair", "loss.label_smoothing"),
        ("loss.weights=1,2,3", "loss.weights"),
        ("lora.targets=lm_head", "lora.targets"),
        ("train.learning_rate=nan", "finite"),
        ("data.test=0.95", "data.test"),
        ("seed", "--set seed"),
        ("machine.compact_head=maybe", "true or false"),
    ],
)
def test_what_no_job_knows_is_refused_and_named(said: str, place: str) -> None:
    with pytest.raises(SettingError) as caught:
        config.resolve(None, [said])
    assert place in caught.value.message + caught.value.hint


def test_a_kto_job_needs_two_texts_a_step_and_one_loss() -> None:
    assert config.resolve(None, ["kind=kto"]).losses == ("kto",)
    for said in ("train.batch=1", "loss.types=sigmoid"):
        with pytest.raises(SettingError):
            config.resolve(None, ["kind=kto", said])


def test_a_file_that_is_no_yaml_is_refused_by_name(tmp_path: Path) -> None:
    for text in ("a: [", "- a", "data: {pairs: 3}"):
        (tmp_path / "x.yaml").write_text(text)
        with pytest.raises(SettingError, match=r"x\.yaml"):
            config.resolve(tmp_path / "x.yaml")


def test_every_option_has_a_sentence() -> None:
    assert [n for n in config.names() if not config.help_of(n)] == []
    assert set(SECTIONS) <= set(TrainConfig.__dataclass_fields__)


def test_without_a_gpu_it_is_float32_without_checkpointing() -> None:
    where = choose(Machine(threads=1), weights=135_000_000, cuda=0, bf16=False)
    assert (where.device, where.dtype, where.checkpointing) == ("cpu", "float32", False)
    with pytest.raises(BadInputError, match="no GPU"):
        choose(Machine(device="cuda"), weights=1, cuda=0, bf16=False)


def test_with_a_gpu_it_is_bfloat16_and_checkpointing_above_a_billion_weights() -> None:
    small = choose(Machine(), weights=135_000_000, cuda=1, bf16=True)
    large = choose(Machine(), weights=7_000_000_000, cuda=1, bf16=True)
    old = choose(Machine(), weights=7_000_000_000, cuda=1, bf16=False)
    assert (small.device, small.dtype, small.checkpointing) == ("cuda", "bfloat16", False)
    assert (large.dtype, large.checkpointing) == ("bfloat16", True)
    assert old.dtype == "float32"
    assert choose(Machine(device="cpu"), weights=1, cuda=1, bf16=True).device == "cpu"
    with pytest.raises(BadInputError, match="torch sees 1"):
        choose(Machine(devices=2), weights=1, cuda=1, bf16=True)


def test_trackers_write_into_the_run_and_nothing_is_sent_unless_somebody_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("TENSORBOARD_LOGGING_DIR", "WANDB_DIR", "WANDB_MODE", "WANDB_PROJECT")
    for name in names:
        monkeypatch.setenv(name, "as it was")  # put back at the end, also what is set below
        monkeypatch.delenv(name)
    monkeypatch.setenv("WANDB_PROJECT", "my own")
    set_trackers((), tmp_path)
    assert not {name for name in names if name in os.environ} - {"WANDB_PROJECT"}  # noqa: TID251
    set_trackers(("tensorboard", "wandb"), tmp_path)
    found = [os.environ[name] for name in names]  # noqa: TID251 - what libraries will read
    assert found == [str(tmp_path / "tensorboard"), str(tmp_path), "offline", "my own"]


@pytest.mark.parametrize(
    ("busy", "free"), [((0.0, 3.0), 2), ((41.0, 4.0), 2), ((97.0, 8.0), 1), ((100.0, 100.0), 1)]
)
def test_a_job_takes_the_cores_nobody_uses_and_at_least_one(
    busy: tuple[float, ...], free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hardware.os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(hardware.psutil, "cpu_percent", lambda *_, **__: list(busy))
    assert free_threads() == free

"""The job on the toy base, in this process: exact to the bit, its ids TRL's own, its reference shared, its refusals."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import toy
from ammo_training import agreeing, arguments, fit, head, reference, resume, trainer
from ammo_training import config as configs
from ammo_training import run as runs
from ammo_training.base_folder import check
from ammo_training.columns import FILLS, SAME, columns, ids_of, padded
from ammo_training.files import read_json
from ammo_training.folders import TrainingFolders
from ammo_training.hardware import choose
from ammo_training.load import load_tokenizer
from ammo_training.options import Machine
from ammo_training.prepare import again, prepare
from ammo_training.progress import Journal, read_metrics
from datasets import Dataset
from safetensors.torch import load_file, save_file
from trl.trainer.dpo_trainer import DPOTrainer

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import AdapterManifest
from ammo_agents.aipp.pairs.files import pair_of, row_of
from ammo_agents.durable import write_json
from ammo_agents.errors import BadInputError, LeakError, RefusedError, TamperedError

pytestmark = pytest.mark.filterwarnings(
    # trl asks transformers 5 for a name that transformers 6 drops.
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning",
)
SETS = (
    "train.save_every=4",
    "machine.device=cpu",
    "machine.threads=1",
    "machine.at_once=0",
    "base=toy",
)
Make = Callable[..., fit.Job]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("training")
    toy.base(made / "bases" / "toy")
    toy.write(made / "pairs.jsonl", toy.pairs(48))
    toy.write(made / "rows.jsonl", toy.rows(48))
    return made


@pytest.fixture(scope="module")
def make(root: Path) -> Make:
    def opened(*sets: str, steps: int = 14, kind: str = "dpo", file: Path | None = None) -> fit.Job:
        file = file or root / ("pairs.jsonl" if kind == "dpo" else "rows.jsonl")
        asked = [*SETS, f"kind={kind}", f"train.steps={steps}", *sets]
        config = configs.resolve(None, asked, data__pairs=str(file))
        folders = TrainingFolders(root=root)
        sha = configs.sha256_of(config)
        asked_run = runs.Run(folder=root, id=runs.new_id(), kind=config.kind, config_sha256=sha)
        run = runs.create(folders.runs, asked_run)
        base = check(root / "bases" / "toy")
        return fit.opened(config, run, folders, base, prepare(config, run, folders))

    return opened


@pytest.fixture(scope="module")
def whole(make: Make) -> fit.Job:
    """A run of 14 steps that nobody disturbed: one epoch is 10, so it ends in the second."""
    return trained(make())


def trained(job: fit.Job, *, until: int = 0) -> fit.Job:
    """Train, and if asked to, stop after a step and go on as a new process does."""
    calls = [0]

    def stop() -> str:
        calls[0] += 1
        return "asked" if calls[0] == until else ""

    with Journal(job.run) as journal:
        assert bool(fit.fit(job, journal, stop=stop, say=str)) == bool(until)
    if until:
        fresh = fit.opened(job.config, job.run, job.folders, job.base, again(job.config, job.run))
        return trained(fresh)
    return job


def difference(one: fit.Job, other: fit.Job) -> float:
    first, second = (load_file(j.run.trained / fit.WEIGHTS) for j in (one, other))
    assert first.keys() == second.keys()
    return max(float((first[k] - second[k]).abs().max()) for k in first)


def numbers(job: fit.Job) -> list[dict[str, object]]:
    lines = read_metrics(job.run.metrics)
    return [{k: v for k, v in line.items() if "seconds" not in k} for line in lines]


def test_a_rerun_gives_the_same_weights_to_the_bit_and_another_seed_does_not(
    make: Make, whole: fit.Job
) -> None:
    assert difference(whole, trained(make())) == 0.0
    assert difference(whole, trained(make("seed=8"))) > 0.0


@pytest.mark.parametrize("step", [3, 10, 13])
def test_a_stopped_run_goes_on_to_the_same_weights_and_metrics(
    make: Make, whole: fit.Job, step: int
) -> None:
    other = trained(make(), until=step)
    assert difference(whole, other) == 0.0
    assert numbers(other) == numbers(whole)
    assert [line["step"] for line in numbers(whole) if "loss" in line] == list(range(1, 15))


def test_a_run_learns_and_its_first_step_counts_ties_as_half(whole: fit.Job) -> None:
    lines = [line for line in numbers(whole) if "loss" in line]
    assert lines[0]["accuracy"] == 0.5
    assert float(str(lines[-1]["loss"])) < float(str(lines[0]["loss"]))
    assert lines[-1].keys() >= {
        "margin",
        "chosen_logp",
        "rejected_logp",
        "grad_norm",
        "lr",
        "drift",
    }
    assert any("eval" in line for line in numbers(whole))


def test_a_run_without_a_plan_writes_one_by_its_first_steps(whole: fit.Job) -> None:
    found = read_json(whole.run.plan)
    assert (found["rows"], found["steps"]) == (len(whole.train.rows), 14)
    assert 0 < found["minutes_low"] < found["minutes"] < found["minutes_high"]


def test_a_batch_taken_in_parts_makes_the_same_steps(make: Make, whole: fit.Job) -> None:
    parted = make("machine.at_once=100")
    assert (whole.part, parted.part) == (4, 1)
    trained(parted)
    pairs = zip(numbers(whole), numbers(parted), strict=True)
    for one, other in pairs:
        if "loss" in one and one["step"] != 10:  # the last batch of the epoch has two rows
            assert float(str(other["loss"])) == pytest.approx(float(str(one["loss"])), abs=1e-4)


def test_no_pickle_is_written_and_no_path_of_this_machine(whole: fit.Job) -> None:
    found = [p for p in whole.run.folder.rglob("*") if p.is_file()]
    assert {p.suffix for p in found} <= {".safetensors", ".json", ".jsonl", ".txt"}
    config = (whole.run.trained / fit.CONFIG).read_text(encoding="utf-8")
    assert f"toy@{whole.base.sha256}" in config
    assert str(whole.run.folder.parent) not in config


def test_our_ids_are_those_trl_would_make(make: Make, whole: fit.Job) -> None:
    tokenizer = load_tokenizer(whole.base)
    taught = again(whole.config, whole.run).sides["train"]
    rows = [
        {
            "prompt": [{"role": m.role, "content": m.text} for m in one.messages],
            "chosen": [{"role": "assistant", "content": one.texts[0]}],
            "rejected": [{"role": "assistant", "content": one.texts[1]}],
        }
        for one in taught
    ]
    made = trainer.build(
        whole.config,
        make().loaded,
        (whole.train, whole.dev),
        steps=1,
        folder=whole.run.folder,
    )
    theirs = DPOTrainer._prepare_dataset(
        made, Dataset.from_list(rows), tokenizer, made.args, "train"
    )
    names = ("prompt_ids", "chosen_ids", "rejected_ids")
    assert [{n: r[n] for n in names} for r in theirs] == [
        {n: r[n] for n in names} for r in whole.train.rows
    ]


def test_the_compact_head_gives_the_same_loss_and_is_put_back(make: Make) -> None:
    job = make()
    made = trainer.build(
        job.config, job.loaded, (job.train, job.dev), steps=1, folder=job.run.saved
    )
    batch = made.data_collator([made.train_dataset[i] for i in range(4)])
    assert head.is_measured()
    assert agreeing.differs(made, batch, head.compact) <= agreeing.CLOSE
    old = head.utils._use_triton

    def fail_inside() -> None:
        with head.compact(on=True):
            assert head.utils._use_triton is not old
            raise KeyError

    with pytest.raises(KeyError):
        fail_inside()
    assert head.utils._use_triton is old
    with trainer.scoring(job.config, made, job.loaded) as told:
        assert told.startswith("compact head: on")


def test_reference_log_probs_are_trls_own_and_shared_by_every_seed(
    make: Make, whole: fit.Job
) -> None:
    path = fit.reference_file(whole, whole.train)
    assert path == fit.reference_file(make("seed=7", "lora.r=4"), whole.train)
    kept = reference.read(path, reference.DPO, len(whole.train.rows))
    made = trainer.build(
        whole.config, make().loaded, (whole.train, whole.dev), steps=1, folder=whole.run.saved
    )
    made.model.eval()
    with head.compact(on=True):
        theirs = DPOTrainer._precompute_ref_logps(made, made.train_dataset, "train", 4)
        own = reference.compute(made, made.train_dataset, reference.DPO)
    assert kept is not None
    for name in reference.DPO:
        told = torch.tensor(list(theirs[name]))
        assert torch.equal(own[name], told)  # to the bit, each prompt twice as TRL has it
        assert torch.allclose(torch.tensor(kept[name]), told, rtol=1e-5, atol=0)  # prompts once


def test_a_reference_file_that_is_cut_or_not_finite_is_computed_anew(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    reference.write(path, {"ref_logps": torch.ones(3)})
    assert reference.read(path, ("ref_logps",), 3) == {"ref_logps": [1.0, 1.0, 1.0]}
    assert reference.read(path, ("ref_logps",), 4) is None
    path.write_bytes(path.read_bytes()[:-4])
    assert reference.read(path, ("ref_logps",), 3) is None
    save_file({"ref_logps": torch.tensor([1.0, float("nan"), 1.0])}, path)
    assert reference.read(path, ("ref_logps",), 3) is None


def test_kto_learns_from_single_texts_and_resumes_exactly(make: Make) -> None:
    whole, other = trained(make(kind="kto")), trained(make(kind="kto"), until=5)
    assert difference(whole, other) == 0.0
    lines = [line for line in numbers(whole) if "loss" in line]
    assert len(lines) == 14
    assert "kl" in lines[-1]


def test_a_loss_that_is_not_finite_ends_the_run_with_its_step(make: Make) -> None:
    job = make("loss.beta=1e38")
    with Journal(job.run) as journal, pytest.raises(RefusedError, match="at step 1"):
        fit.fit(job, journal, stop=str, say=str)
    assert resume.all_states(job.run.saved) == []
    assert not job.run.trained.exists()


def test_a_state_of_another_job_or_with_a_changed_byte_is_not_loaded(make: Make) -> None:
    job = make(steps=4)
    trained(job)
    state = resume.newest(job.run.saved, job.stamp)
    assert state is not None
    with pytest.raises(BadInputError, match="base_sha256"):
        resume.newest(job.run.saved, {**job.stamp, "base_sha256": "another"})
    with (state / resume.OPTIMIZER).open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    with pytest.raises(TamperedError, match=r"optimizer\.safetensors has sha256"):
        resume.newest(job.run.saved, job.stamp)


def test_going_on_from_a_parent_starts_at_the_parent_and_stays_anchored_to_the_base(
    make: Make, whole: fit.Job, tmp_path: Path
) -> None:
    for name in (fit.CONFIG, fit.WEIGHTS):
        (tmp_path / name).write_bytes((whole.run.trained / name).read_bytes())
    keeper = AdapterFolder(whole.folders.adapters)
    one = AdapterManifest(base="local/toy", base_sha256=whole.base.sha256)
    parent = keeper.add(tmp_path, one).id
    child = trained(make(f"parent={parent}", steps=2))
    first = numbers(child)[0]
    assert float(str(first["margin"])) > 0.3
    with pytest.raises(BadInputError, match="another shape"):
        make(f"parent={parent}", "lora.r=4")
    other = keeper.add(tmp_path, dataclasses.replace(one, base_sha256="ab" * 32)).id
    with pytest.raises(BadInputError, match="is an adapter of base abababab"):
        make(f"parent={other}")


def test_a_plan_counts_rows_steps_and_measures_two_real_steps(make: Make) -> None:
    job = make("train.epochs=2", steps=0)
    found = fit.calibrate(job)
    assert (found.rows, found.steps, found.epochs) == (len(job.train.rows), job.steps, 2.0)
    assert found.trained_weights == 16_384
    assert 0 < found.minutes_low < found.minutes < found.minutes_high
    assert found.memory_mb > 100
    assert found.padded_tokens >= 2 * sum(job.train.sizes(shared=job.shares))
    assert not list(job.run.folder.glob("state*"))


def test_rows_that_cannot_be_learned_are_counted_with_the_reason() -> None:
    words = toy.tokenizer()
    long = toy.pairs(1)[0] | {"prompt": "word " * 200, "id": "long"}
    same = toy.pairs(1)[0] | {"chosen": "abc " * 60 + "d", "rejected": "abc " * 60 + "e", "id": "s"}
    taught = [pair_of(row) for row in (*toy.pairs(6), long, same)]
    found = columns([ids_of(one, words) for one in taught], 100)
    assert found.dropped == {FILLS: 1, SAME: 1}
    assert found.offenders[FILLS] == ("long",)
    assert len(found.rows) == 6


def test_no_row_left_is_refused_with_every_reason(make: Make) -> None:
    with pytest.raises(BadInputError, match=r"no row is left .* max_length 8 .*fills max_length"):
        make("train.max_length=8")
    with pytest.raises(BadInputError, match="the base reads 512"):
        make("train.max_length=513")


def test_one_sided_empty_and_leaking_rows_end_a_job(make: Make, root: Path, tmp_path: Path) -> None:
    likes = [row | {"label": True} for row in toy.rows(12)]
    file = toy.write(tmp_path / "likes.jsonl", likes)
    with pytest.raises(BadInputError, match=r"all 12 rows .* are wanted"):
        make(kind="kto", file=file)
    leaking = [p | {"split": "train" if i < 6 else "test"} for i, p in enumerate(toy.pairs(12))]
    leaking[-1] |= {"prompt": leaking[0]["prompt"], "chosen": leaking[0]["chosen"]}
    write_plain = toy.write(tmp_path / "leak.jsonl", leaking)
    config = configs.resolve(None, SETS, data__pairs=str(write_plain))
    run = runs.create(root / "runs", runs.Run(folder=root, id=runs.new_id(), kind="dpo"))
    with pytest.raises(LeakError, match="leaks between the sides"):
        prepare(config, run, TrainingFolders(root=root))
    assert not (run.folder / "prepared.json").exists()


def test_rows_that_were_changed_after_the_split_are_not_learned(make: Make) -> None:
    job = make()
    file = job.run.rows / "train.jsonl"
    file.write_text(file.read_text("utf-8").replace(" is ", " was ", 1), encoding="utf-8")
    told = job.run.folder / "prepared.json"
    assert again(
        job.config, job.run
    ).sides  # ids are kept in the file, so the text is named by them
    write_json(told, {**read_json(told), "set_sha256": "0" * 64})
    with pytest.raises(BadInputError, match="are not those the run was made with"):
        again(job.config, job.run)


def test_expected_padding_is_what_random_batches_have() -> None:
    draw = torch.Generator().manual_seed(3)
    lengths = [int(n) for n in torch.randint(10, 200, (240,), generator=draw)]
    total = 0.0
    for _ in range(300):
        order = torch.randperm(240, generator=draw).tolist()
        total += sum(4 * max(lengths[i] for i in order[k : k + 4]) for k in range(0, 240, 4))
    assert padded(lengths, 4) == pytest.approx(total / 300, rel=0.01)


def test_the_settings_for_a_cpu_and_for_gpus_are_chosen_by_one_function(tmp_path: Path) -> None:
    config = configs.resolve(None, ["loss.types=sigmoid,sft", "loss.weights=1,0.5"])

    def told(machine: Machine, weights: int, cuda: int) -> dict[str, object]:
        where = choose(machine, weights=weights, cuda=cuda, bf16=True)
        passes = arguments.Passes(max_length=512, part=4, steps=9)
        return arguments.chosen(config, where, passes, folder=tmp_path, dev=True)

    cpu = told(Machine(threads=1), 135_000_000, 0)
    gpu, large = told(Machine(), 135_000_000, 1), told(Machine(devices=2), 8_000_000_000, 2)
    assert (cpu["use_cpu"], cpu["bf16"], cpu["activation_checkpointing"]) == (True, False, False)
    assert (gpu["use_cpu"], gpu["bf16"], gpu["activation_checkpointing"]) == (False, True, False)
    assert (large["bf16"], large["activation_checkpointing"]) == (True, True)
    assert large["ddp_find_unused_parameters"] is False
    assert gpu["loss_type"] == ["sigmoid", "sft"]
    assert gpu["loss_weights"] == [1.0, 0.5]
    for one in (cpu, gpu, large):
        assert (one["save_only_model"], one["report_to"], one["max_steps"]) == (True, "none", 9)
        assert one["lr_scheduler_type"] == "constant_with_warmup"


def test_kto_rows_keep_their_label(root: Path) -> None:
    row = row_of(toy.rows(1)[0])
    found = ids_of(row, toy.tokenizer())
    assert found["label"] is row.label
    assert found["completion_ids"]

"""A pair's prompt computed once gives what TRL gives with each prompt twice, and is left off where it does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import toy
from ammo_training import agreeing, fit, head, shared_prompt, trainer
from ammo_training import config as configs
from ammo_training import run as runs
from ammo_training.base_folder import check
from ammo_training.columns import columns
from ammo_training.folders import TrainingFolders
from ammo_training.prepare import prepare
from ammo_training.progress import read_metrics
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM

pytestmark = pytest.mark.filterwarnings(
    # trl asks transformers 5 for a name that transformers 6 drops.
    "ignore:`is_gradient_checkpointing` is deprecated:FutureWarning",
)
LONG = "Here is what is known. " * 12


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("training")
    toy.base(made / "bases" / "toy")
    found = toy.pairs(40)
    for one in found:
        one["prompt"][0]["content"] = LONG + one["prompt"][0]["content"]
    toy.write(made / "pairs.jsonl", found)
    return made


def opened(root: Path, *sets: str) -> fit.Job:
    asked = ["machine.device=cpu", "machine.threads=1", "base=toy", "train.steps=9", *sets]
    config = configs.resolve(None, asked, data__pairs=str(root / "pairs.jsonl"))
    folders = TrainingFolders(root=root)
    sha = configs.sha256_of(config)
    asked_run = runs.Run(folder=root, id=runs.new_id(), kind="dpo", config_sha256=sha)
    run = runs.create(folders.runs, asked_run)
    return fit.opened(
        config, run, folders, check(root / "bases" / "toy"), prepare(config, run, folders)
    )


def fresh(job: fit.Job) -> Any:
    """Return a trainer whose adapter changes nothing yet."""
    return trainer.build(
        job.config, job.loaded, (job.train, job.dev), steps=9, folder=job.run.saved
    )


def built(job: fit.Job) -> Any:
    """Return a trainer whose adapter is not the zero it starts as."""
    made = fresh(job)
    draw = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, weights in made.model.named_parameters():
            if "lora_B" in name:
                weights.copy_(0.1 * torch.randn(weights.shape, generator=draw))
    return made


def gradients(made: Any, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
    made.model.zero_grad()
    made.compute_loss(made.model, made._prepare_inputs(batch)).backward()
    return {n: p.grad.clone() for n, p in made.model.named_parameters() if p.grad is not None}


def test_log_probs_and_gradients_are_those_of_both_rows(root: Path) -> None:
    job = opened(root)
    made = built(job)
    batch = made.data_collator([made.train_dataset[i] for i in range(4)])
    with head.compact(on=True):
        far = agreeing.differs(made, batch, lambda *, on: shared_prompt.shared(made.model, on=on))
        assert far < 1e-6
        twice = gradients(made, batch)
        with shared_prompt.shared(made.model, on=True):
            once = gradients(made, batch)
    assert twice.keys() == once.keys()
    assert len(twice) > 10
    for name, grad in twice.items():
        assert float(grad.norm()) > 0, name
        assert float((once[name] - grad).norm()) < 1e-5 * float(grad.norm()), name


def test_inside_the_block_the_backbone_reads_each_prompt_once_and_afterwards_twice(
    root: Path,
) -> None:
    job = opened(root)
    made = built(job)
    batch = made.data_collator([made.train_dataset[i] for i in range(4)])
    seen: list[torch.Size] = []
    layer = made.model.get_base_model().model.layers[0]
    layer.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0].shape))

    def fail_inside() -> None:
        with shared_prompt.shared(made.model, on=True):
            made.plain_loss(batch)
            raise KeyError

    with pytest.raises(KeyError):
        fail_inside()
    made.plain_loss(batch)
    rows, tokens = batch["input_ids"].shape
    assert rows == 8
    once, twice = seen[0], seen[-1]
    assert once[0] == 4
    assert tokens < once[1] < 1.5 * tokens
    assert twice[:2] == (8, tokens)


@pytest.mark.parametrize("kind", shared_prompt.MEASURED)
def test_each_architecture_on_the_list_gives_the_same_hidden_states(kind: str) -> None:
    torch.manual_seed(1)
    small = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 4, "head_dim": 8}
    about = AutoConfig.for_model(
        kind,
        vocab_size=99,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        initializer_range=0.3,
        **small,
    )
    if hasattr(about, "sliding_window"):
        about.sliding_window = None
    plain = AutoModelForCausalLM.from_config(about, attn_implementation="sdpa")
    model = get_peft_model(plain, LoraConfig(r=2, target_modules=["q_proj"])).eval()
    backbone = model.get_base_model().model
    prompt, long = list(range(3, 33)), list(range(40, 60))
    rows = [
        [*prompt, 40, 41],  # what is chosen, three times
        [*prompt, 7, 8, 9],
        [*prompt, *long],
        [*prompt, *long],  # one longer, that begins alike
        [*prompt, 7, 9, 8],  # one that begins alike
        [*prompt[:5], 44],  # another prompt
    ]
    size = max(map(len, rows))
    ids = torch.tensor([row + [0] * (size - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (size - len(row)) for row in rows])
    with torch.no_grad():
        twice = backbone(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
        with shared_prompt.shared(model, on=True):
            once = backbone(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state
            alone = backbone(input_ids=ids[:3], attention_mask=mask[:3], use_cache=False)
    kept = mask.bool()
    assert torch.allclose(once[kept], twice[kept], rtol=1e-4, atol=1e-5)
    assert torch.allclose(alone.last_hidden_state[kept[:3]], twice[:3][kept[:3]], atol=1e-5)
    assert not torch.allclose(twice[0, 30], twice[1, 30], atol=1e-2)


def test_a_layout_that_is_wrong_is_seen_and_left_off(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = opened(root)
    made = fresh(job)
    with trainer.scoring(job.config, made, job.loaded) as told:
        assert "prompts computed once: on" in told
    right = shared_prompt.laid

    def as_if_it_went_on(lines: Any) -> Any:
        ids, _, sees = right(lines)
        return ids, torch.arange(ids.shape[1]).expand_as(ids), sees

    monkeypatch.setattr(shared_prompt, "laid", as_if_it_went_on)
    with trainer.scoring(job.config, made, job.loaded) as told:
        assert "prompts computed once: off" in told

    def all_see_all(lines: Any) -> Any:
        ids, places, _ = right(lines)
        wide = ids.shape[1]
        return ids, places, torch.ones(len(ids), 1, wide, wide, dtype=torch.bool).tril()

    monkeypatch.setattr(shared_prompt, "laid", all_see_all)
    with trainer.scoring(job.config, made, job.loaded) as told:
        assert "prompts computed once: off" in told


def test_a_head_that_scores_other_positions_is_seen_and_left_off(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = opened(root)
    made = fresh(job)
    weights = made.model.get_base_model().lm_head.weight.data

    @contextmanager
    def broken(*, on: bool) -> Iterator[None]:
        weights.mul_(1.01 if on else 1)
        yield
        weights.div_(1.01 if on else 1)

    monkeypatch.setattr(head, "compact", broken)
    with trainer.scoring(job.config, made, job.loaded) as told:
        assert told.startswith("compact head: off")


def test_a_run_takes_the_same_steps_either_way(root: Path) -> None:
    curves = []
    for way in ("true", "false"):
        job = opened(root, f"machine.shared_prompt={way}", "machine.at_once=0")
        assert job.shares is (way == "true")
        journal = fit.Journal(job.run)
        with journal:
            assert not fit.fit(job, journal, stop=str, say=str)
        curves.append([
            float(line["loss"]) for line in read_metrics(job.run.metrics) if "loss" in line
        ])
    assert len(curves[0]) == 9
    assert curves[0] == pytest.approx(curves[1], abs=1e-4)


def test_a_part_is_as_large_as_what_is_computed_allows(root: Path) -> None:
    room = 2 * max(opened(root).train.sizes(shared=True))
    once = opened(root, f"machine.at_once={room}")
    twice = opened(root, f"machine.at_once={room}", "machine.shared_prompt=false")
    assert (once.part, twice.part) == (2, 1)


def test_dropout_and_a_word_are_enough_to_leave_it_to_trl(root: Path) -> None:
    assert opened(root).shares
    assert not opened(root, "lora.dropout=0.1").shares
    assert not opened(root, "machine.shared_prompt=false").shares


def test_sizes_count_what_both_replies_begin_with_once() -> None:
    row = {"id": "a", "prompt_ids": [1] * 10, "chosen_ids": [5, 6, 7], "rejected_ids": [5, 6, 8, 9]}
    found = columns([row], 64)
    assert found.sizes(shared=False) == [2 * 14]
    assert found.sizes(shared=True) == [10 + 2 + 1 + 2]
    assert columns([row], 13).sizes(shared=True) == [10 + 2 + 1 + 1]
    liked = {"id": "b", "prompt_ids": [1] * 10, "completion_ids": [5, 6, 7], "label": True}
    assert columns([liked], 64).sizes(shared=False) == [13]

"""Log-probs and replies of a base with and without its adapter, on the toy base; and a PEFT folder judged by a file of pairs."""

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import toy
from ammo_training import config as configs
from ammo_training import (
    evaluation,
    frozen,
    hardware,
    job,
    judging,
    prepare,
    report,
    reporting,
    starting,
)
from ammo_training.columns import ids_of
from ammo_training.evaluation import Subject
from ammo_training.folders import training_folders
from ammo_training.frozen import read_frozen
from ammo_training.heldout import couples
from ammo_training.scoring import Scorer, cached
from ammo_training.writing import Asked, TransformersWriter
from peft import LoraConfig, get_peft_model

from ammo_agents.aipp.pairs import Pair, read, read_rows
from ammo_agents.errors import BadInputError, NotFoundError
from ammo_agents.settings import Settings
from ammo_agents.testing.scripted import HashEmbedder

pytestmark = [
    # peft asks transformers 5 for a name that transformers 6 drops.
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"),
]


def adapted(seed: int = 3) -> Any:
    """Return the toy base with a random adapter on it."""
    torch.manual_seed(seed)
    shape = LoraConfig(
        r=4, task_type="CAUSAL_LM", target_modules=["q_proj", "v_proj"], init_lora_weights=False
    )
    return get_peft_model(toy.model(), shape)


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer(adapted(), toy.tokenizer(), longest=256)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    return read(toy.write(tmp_path_factory.mktemp("pairs") / "p.jsonl", toy.pairs(24)))


def subject(scorer: Scorer, **more: Any) -> Subject:
    writer = TransformersWriter(scorer)
    given = {"prompts": 4, "tokens": 10, **more}
    return Subject(scorer=scorer, adapter="a_1", base_sha256="toy", writer=writer, **given)


def test_both_texts_in_one_pass_have_the_log_probs_of_one_pass_each(
    scorer: Scorer, pairs: list[Pair]
) -> None:
    lines, kept = scorer.lines(pairs)
    assert kept == list(range(24))
    found = scorer.score(lines, adapter=True)
    with torch.no_grad():
        for row, line in enumerate(lines[:6]):
            for n, end in enumerate(line.ends):
                ids = torch.tensor([[*line.prompt, *end]])
                logits = scorer.model(input_ids=ids).logits.log_softmax(-1)[0]
                said = logits[len(line.prompt) - 1 : -1].gather(1, torch.tensor(end)[:, None])
                assert found.sums[row, n] == pytest.approx(float(said.sum()), abs=1e-3)
                assert found.tokens[row, n] == len(end)


def test_the_texts_are_cut_into_the_very_tokens_that_are_trained_on(
    scorer: Scorer, pairs: list[Pair]
) -> None:
    for pair, line in zip(pairs, scorer.lines(pairs)[0], strict=True):
        wanted = ids_of(pair, scorer.tokenizer)
        assert list(line.prompt) == wanted["prompt_ids"]
        assert [list(e) for e in line.ends] == [wanted["chosen_ids"], wanted["rejected_ids"]]


def test_without_its_adapter_the_base_is_itself(scorer: Scorer, pairs: list[Pair]) -> None:
    lines, _ = scorer.lines(pairs[:6])
    alone = Scorer(toy.model(), toy.tokenizer(), longest=256)
    off = scorer.score(lines, adapter=False)
    np.testing.assert_allclose(off.sums, alone.score(lines, adapter=False).sums, atol=1e-4)
    assert np.abs(scorer.score(lines, adapter=True).sums - off.sums).max() > 0.1
    assert np.abs(alone.shift(lines)).max() < 1e-6
    kl, change = scorer.shift(lines)
    assert kl.min() > 0
    assert change.min() > 0


def test_single_rows_are_scored_each_after_its_own_prompt(
    scorer: Scorer, tmp_path: Path, pairs: list[Pair]
) -> None:
    made = [{**row, "user": f"person-{n // 4}"} for n, row in enumerate(toy.rows(24))]
    rows = read_rows(toy.write(tmp_path / "k.jsonl", made))
    held = couples(rows, seed=1)
    lines, kept = scorer.couples(held)
    found = scorer.score(lines, adapter=True)
    assert found.sums.shape == (12, 2)
    assert len(lines) == 24
    first = held[kept[0]]
    one = scorer.line(first.other, (first.judged.rejected, "x"))
    assert one is not None
    assert scorer.score([one], adapter=True).sums[0, 0] == pytest.approx(found.sums[0, 1], abs=1e-3)


def test_a_prompt_that_fills_everything_is_left_out_and_counted(pairs: list[Pair]) -> None:
    tight = Scorer(adapted(), toy.tokenizer(), longest=40)
    assert evaluation.preferences(subject(tight), pairs)["too_long"] > 0
    lines, _ = tight.lines(pairs)
    assert all(len(line.prompt) + max(map(len, line.ends)) <= 40 for line in lines)


def test_damaged_weights_make_no_figure(pairs: list[Pair]) -> None:
    broken = adapted()
    with torch.no_grad():
        next(p for n, p in broken.named_parameters() if "lora_B" in n).fill_(float("nan"))
    with pytest.raises(BadInputError, match="no numbers"):
        evaluation.preferences(subject(Scorer(broken, toy.tokenizer())), pairs)


def test_log_probs_of_the_base_are_computed_once_for_all_seeds(
    scorer: Scorer, pairs: list[Pair], tmp_path: Path
) -> None:
    lines, _ = scorer.lines(pairs[:4])
    key = scorer.fingerprint(lines, base="toy")
    first = cached(tmp_path, key, lambda: scorer.score(lines, adapter=False))

    def never() -> Any:
        raise AssertionError("computed twice")

    again = cached(tmp_path, key, never)
    np.testing.assert_array_equal(first.sums, again.sums)
    assert key != scorer.fingerprint(lines, base="another")


async def test_the_same_seeds_give_the_same_replies_and_each_bears_its_writer(
    scorer: Scorer, pairs: list[Pair]
) -> None:
    writer = TransformersWriter(scorer)
    asked = [Asked(id=p.id, messages=p.messages, tokens=8) for p in pairs[:3]]
    before = await writer.write(asked, [1, 2], "")
    assert before == await writer.write(asked, [1, 2], "")
    after = await writer.write(asked, [1, 2], "a_1")
    assert [(r.prompt, r.seed) for r in before] == [(r.prompt, r.seed) for r in after]
    assert {r.adapter for r in before} == {""}
    assert {r.adapter for r in after} == {"a_1"}
    assert [r.text for r in before] != [r.text for r in after]
    assert max(r.tokens for r in after) <= 8


async def test_replies_show_by_their_log_probs_which_side_wrote_them(
    scorer: Scorer, pairs: list[Pair]
) -> None:
    """The swap check: replies of the adapter are likelier under it; swapped, the figure turns round."""
    asked = [Asked(id=p.id, messages=p.messages, tokens=16) for p in pairs]
    writer = TransformersWriter(scorer, temperature=1.0)
    before, after = [await writer.write(asked, [1, 2], name) for name in ("", "a_1")]
    told = evaluation.whose(subject(scorer), asked, before, after)["gap"]
    turned = evaluation.whose(subject(scorer), asked, after, before)["gap"]
    assert told["low"] > 0
    assert turned["high"] < 0


async def test_a_whole_measurement_has_every_part_and_keeps_what_it_was_made_of(
    scorer: Scorer, pairs: list[Pair], tmp_path: Path
) -> None:
    sets = await asyncio.to_thread(read_frozen)
    assert len(sets.preference) == 72
    assert {n: len(h) for n, h in sets.hashes.items()} == dict.fromkeys(frozen.FILES, 64)
    heard: list[str] = []
    made = subject(scorer, embedder=HashEmbedder(), live="", at=heard.append)
    parts = await reporting.measured(made, pairs, keep=tmp_path)
    assert parts["preference"]["rule"]["n"] == 24
    assert parts["neutral"]["kl"]["value"] > 0
    assert parts["behaviour"]["prompts"] == 4
    assert parts["win_rate"]["base"]["n"] == 8
    assert set(parts["frozen"]) == {"preference", "grounding", "injection", "hashes"}
    assert "log-probs of the base, 24 of 24" in heard
    assert [h for h in heard if "unseen" in h][-1] == "replies to unseen prompts, 16 of 16"
    files = [tmp_path / name for name in ("heldout.json", "replies.jsonl")]
    scores, replies = [await asyncio.to_thread(f.read_text, "utf-8") for f in files]
    kept = json.loads(scores)
    reward = np.mean([row["reward"] for row in kept])
    told = parts["preference"]["rule"]["accuracy"]["with_reference"]["value"]
    assert reward == pytest.approx(told)
    assert {json.loads(line)["side"] for line in replies.splitlines()} == {"before", "after"}


async def test_single_rows_are_reported_like_pairs(scorer: Scorer, tmp_path: Path) -> None:
    made = [{**row, "user": f"person-{n // 4}"} for n, row in enumerate(toy.rows(16))]
    path = await asyncio.to_thread(toy.write, tmp_path / "k.jsonl", made)
    rows = await asyncio.to_thread(read_rows, path)
    few = subject(scorer, embedder=HashEmbedder(), prompts=2, tokens=4)
    found = await asyncio.to_thread(evaluation.preferences, few, rows)
    assert found["kinds"]["rule"]["n"] == 8
    assert found["kinds"]["rule"]["people"] == 4
    said = await evaluation.written(few, rows, gates=None)
    told = await evaluation.behaviours(few, rows, said)
    assert told["behaviour"]["prompts"] == 2
    assert told["win_rate"]["base"]["judge_accuracy"]["n"] == 4


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """A home with the toy as its model, an adapter's folder, and a file of pairs."""
    root = tmp_path_factory.mktemp("home")
    (root / "models" / "toy").mkdir(parents=True)
    toy.gguf(root / "models" / "toy" / "toy.gguf")
    adapted().save_pretrained(root / "adapter")
    toy.write(root / "pairs.jsonl", toy.pairs(24))
    return Settings(home=root / "home", models_dir=root / "models", model="local/toy"), root


def test_a_run_is_reported_with_its_hashes_its_data_and_a_closed_gate(
    home: tuple[Settings, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, root = home
    for name, value in {
        "AMMO_HOME": str(settings.home),
        "AMMO_MODELS_DIR": str(settings.models_dir),
        "AMMO_MODEL": settings.model,
        "AMMO_EMBEDDER": "scripted/hash",
        "AMMO_PLUGIN_MODULES": "ammo_agents.testing.plugin",
    }.items():
        monkeypatch.setenv(name, value)
    few = ["machine.device=cpu", "report.prompts=2", "report.tokens=6"]
    config = configs.resolve(None, few, data__pairs=str(root / "pairs.jsonl"))
    made = starting.make(settings, config)
    prepare.prepare(config, made, training_folders(settings))
    adapted().save_pretrained(made.trained)
    monkeypatch.setattr(hardware, "free_threads", lambda: 1)
    job.with_threads(made, config)
    monkeypatch.delattr(hardware, "free_threads")  # a report takes the run's, whatever runs now
    found = report.write(made)
    assert found == report.read(made.folder)
    assert found["hashes"]["config"] == made.config_sha256
    assert found["data"]["test"] == found["preference"]["rule"]["n"] > 0
    assert sum(found["data"]["overlap"].values()) == 0
    assert found["gate"]["passed"] is False
    assert found["verdict"]["word"] == "not better"
    assert (made.folder / "report.md").read_text("utf-8").startswith("# ")
    rows = (made.folder / "samples.jsonl").read_text("utf-8").splitlines()
    assert len(rows) == len(found["samples"]) == 4


def asked(home: tuple[Settings, Path], named: str, **more: Any) -> dict[str, Any]:
    settings, root = home
    given = {"pairs": root / "pairs.jsonl", "base": None, "most": 0, "seed": 7, **more}
    return judging.judged_by(settings, named=named, **given)


def test_the_base_alone_is_judged_beside_the_trivial_rules(home: tuple[Settings, Path]) -> None:
    found = asked(home, "base")
    told = found["preference"]["rule"]
    assert told["accuracy"]["with_reference"]["value"] == 0.5, "equal models tie"
    assert told["baselines"]["shorter"]["value"] == 1.0
    assert (found["n"], found["says"]) == (24, "Nothing of this was trained on.")


def test_a_peft_folder_is_judged_and_nobody_claims_to_know_its_rows(
    home: tuple[Settings, Path],
) -> None:
    found = asked(home, str(home[1] / "adapter"), most=10)
    assert found["n"] == 10
    assert found["trained_on"] is None
    assert "may be of rows it learned by heart" in found["says"]
    assert found == asked(home, str(home[1] / "adapter"), most=10), "drawn by the seed"


def test_what_cannot_be_judged_is_named(home: tuple[Settings, Path], tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"none\.jsonl"):
        asked(home, "base", pairs=tmp_path / "none.jsonl")
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(BadInputError, match="holds no pairs"):
        asked(home, "base", pairs=tmp_path / "empty.jsonl")
    with pytest.raises(NotFoundError, match="a_0000000000000000"):
        asked(home, "a_0000000000000000")

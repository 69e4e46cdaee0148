"""The converter, checked by log-probs against transformers + PEFT on the toy base; and everything it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asked
import numpy as np
import pytest
import toy
import toy_lora
from ammo_local.child import Child
from ammo_training.gguf_lora import convert, rotary, shape_of
from ammo_training.peft_file import read, tensors
from safetensors.numpy import load_file, save_file

from ammo_agents.errors import RefusedError

# PEFT asks transformers by a name that version 6 drops.
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
TEXTS = [
    f"<|im_start|>user\n{said}<|im_end|>\n<|im_start|>assistant\n"
    for said in ("Say something about rain.", "Bread and tea in year 1900.", "Chess? Copper! Bees.")
]
WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the toy base, its GGUF, a PEFT adapter, and that adapter converted rightly and wrongly."""
    root = tmp_path_factory.mktemp("toy")
    toy.base(root / "base")
    toy.gguf(root / "toy.gguf")
    peft, shape = toy_lora.saved(root / "peft"), shape_of(root / "base")
    convert(peft, shape, root / "right.gguf")
    convert(peft, shape, root / "unpermuted.gguf", order=lambda rows, _: rows)
    convert(peft, shape, root / "heads of q.gguf", order=lambda rows, _: rotary(rows, toy.HEADS))
    flat = changed(peft, root / "flat", lora_alpha=4)
    convert(flat, shape, root / "without alpha.gguf")
    return root


NAMES = ("right", "unpermuted", "heads of q", "without alpha")


@pytest.fixture(scope="module")
def wanted() -> dict[str, list[Any]]:
    """What transformers says: of the base, and with the adapter on it."""
    words, model = toy.tokenizer(), toy.model().eval()
    base = [asked.by_torch(model, words, text) for text in TEXTS]
    worn = toy_lora.on(model)
    found = {"base": base, "adapter": [asked.by_torch(worn, words, text) for text in TEXTS]}
    half = toy_lora.on(toy.model().eval(), lora_alpha=6)
    return found | {"half": [asked.by_torch(half, words, text) for text in TEXTS]}


@pytest.fixture
async def child(place: Path) -> AsyncIterator[Child]:
    """A llama.cpp child with the toy and all four files at scale 0."""
    one = Child({
        "path": str(place / "toy.gguf"),
        "slots": 1,
        "context": 256,
        "threads": 1,
        "batch": 64,
        "cache_mb": 0,
        "memory_limit_mb": 0,
        "adapters": [str(place / f"{name}.gguf") for name in NAMES],
    })
    await one.ready()
    yield one
    await one.close()


def only(name: str, scale: float = 1.0) -> list[dict[str, Any]]:
    return [{"id": n, "scale": scale if each == name else 0.0} for n, each in enumerate(NAMES)]


async def distance(child: Child, lora: Any, wanted: list[Any]) -> float:
    """Return the mean |Δ log p| over all texts."""
    found = [await asked.by_llama(child, text, lora) for text in TEXTS]
    return float(np.mean([asked.apart(f, w) for f, w in zip(found, wanted, strict=True)]))


async def test_the_converted_adapter_has_the_log_probs_of_transformers_and_every_mutant_has_not(
    child: Child, wanted: dict[str, list[Any]]
) -> None:
    base = await distance(child, only("none of them"), wanted["base"])
    right = await distance(child, only("right"), wanted["adapter"])
    effect = await distance(child, only("right"), wanted["base"])
    assert base < 0.01
    assert right < 0.02
    assert effect > 0.2, "an adapter that changes nothing proves nothing"
    for mutant in NAMES[1:]:
        assert await distance(child, only(mutant), wanted["adapter"]) > 5 * right, mutant


async def test_a_call_that_names_no_adapter_is_the_bases(
    child: Child, wanted: dict[str, list[Any]]
) -> None:
    assert await distance(child, None, wanted["base"]) < 0.01


async def test_half_a_scale_is_half_the_change(child: Child, wanted: dict[str, list[Any]]) -> None:
    assert await distance(child, only("right", 0.5), wanted["half"]) < 0.02
    assert await distance(child, only("right", 1.0), wanted["half"]) > 0.1


def changed(folder: Path, target: Path, **config: Any) -> Path:
    """Return a copy of a PEFT folder whose configuration says something else."""
    shutil.copytree(folder, target, dirs_exist_ok=True)
    held = json.loads((target / CONFIG).read_text(encoding="utf-8"))
    (target / CONFIG).write_text(json.dumps(held | config), encoding="utf-8")
    return target


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"use_dora": True}, "DoRA"),
        ({"rank_pattern": {"q_proj": 2}}, "different ranks"),
        ({"alpha_pattern": {"q_proj": 2}}, "different scales"),
        ({"bias": "all"}, "biases"),
        ({"lora_bias": True}, "biases of its own"),
        ({"modules_to_save": ["lm_head"]}, "whole modules"),
        ({"trainable_token_indices": [1]}, "token embeddings"),
        ({"fan_in_fan_out": True}, "other way round"),
        ({"a_new_trick": 1}, "a_new_trick"),
        ({"peft_type": "LOHA"}, "LOHA"),
        ({"r": 8}, "r = 8"),
    ],
)
def test_what_is_no_plain_lora_is_refused_by_name(
    place: Path, tmp_path: Path, config: dict[str, Any], named: str
) -> None:
    other = changed(place / "peft", tmp_path / "peft", **config)
    with pytest.raises(RefusedError, match=named):
        convert(other, shape_of(place / "base"), tmp_path / "a.gguf")
    assert not (tmp_path / "a.gguf").exists()


Weights = dict[str, Any]


def _nan(held: Weights) -> Weights:
    first = min(held)
    return held | {first: np.full_like(held[first], np.nan)}


def _head(held: Weights) -> Weights:
    made = {f"base_model.model.lm_head.lora_{p}.weight": np.ones(s, np.float32) for p, s in SHAPES}
    return held | made


def _stranger(held: Weights) -> Weights:
    made = {f"base_model.model.eye.q.lora_{p}.weight": np.ones(s, np.float32) for p, s in SHAPES}
    return held | made


def _half(held: Weights) -> Weights:
    return {k: v for k, v in held.items() if not k.endswith("layers.0.mlp.up_proj.lora_B.weight")}


def _wider(held: Weights) -> Weights:
    (key,) = [k for k in held if k.endswith("layers.0.mlp.up_proj.lora_B.weight")]
    return held | {key: np.ones((256, 4), np.float32)}


def _embedding(held: Weights) -> Weights:
    return held | {
        "base_model.model.model.embed_tokens.lora_embedding_A": np.ones((4, 297), np.float32)
    }


SHAPES = (("A", (4, toy.HIDDEN)), ("B", (toy.VOCABULARY, 4)))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_nan, "NaN"),
        (_head, "lm_head"),
        (_stranger, "no name in a GGUF"),
        (_half, "has only its A"),
        (_wider, "shape"),
        (_embedding, "embeddings"),
    ],
)
def test_weights_that_do_not_fit_the_base_are_refused_by_name(
    place: Path, tmp_path: Path, change: Callable[[Weights], Weights], named: str
) -> None:
    other = shutil.copytree(place / "peft", tmp_path / "peft")
    save_file(change(load_file(other / WEIGHTS)), other / WEIGHTS)
    with pytest.raises(RefusedError, match=named):
        convert(other, shape_of(place / "base"), tmp_path / "a.gguf")


def test_another_architecture_is_refused_by_name(place: Path, tmp_path: Path) -> None:
    other = shutil.copytree(place / "base", tmp_path / "base")
    held = json.loads((other / "config.json").read_text(encoding="utf-8"))
    (other / "config.json").write_text(json.dumps(held | {"model_type": "mamba"}), encoding="utf-8")
    with pytest.raises(RefusedError, match="mamba"):
        shape_of(other)


@pytest.mark.parametrize("kind", ["cut", "no header", "beyond", "text"])
def test_a_damaged_weight_file_is_refused(place: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / WEIGHTS
    raw = (place / "peft" / WEIGHTS).read_bytes()
    header = b'{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,36]}}'
    path.write_bytes(
        {
            "cut": raw[: len(raw) // 2],
            "no header": b"\xff" * 64,
            "beyond": len(header).to_bytes(8, "little") + header,
            "text": b"hello",
        }[kind]
    )
    with pytest.raises(RefusedError, match="safetensors"):
        tensors(path)


def test_bfloat16_reads_as_the_same_numbers(place: Path, tmp_path: Path) -> None:
    import torch  # noqa: PLC0415 - loaded by the toy already
    from safetensors.torch import save_file as save_torch  # noqa: PLC0415

    given = torch.tensor([1.0, -2.5, 3.140625, 1e-8]).to(torch.bfloat16)
    save_torch({"a": given}, str(tmp_path / WEIGHTS))
    assert tensors(tmp_path / WEIGHTS)["a"].tolist() == given.float().tolist()


def test_rslora_is_written_with_the_alpha_that_gives_its_scale(place: Path, tmp_path: Path) -> None:
    other = changed(place / "peft", tmp_path / "peft", use_rslora=True)
    assert read(other).scale == pytest.approx(12 / 2)
    assert read(other).alpha / 4 == pytest.approx(12 / 2)


def test_the_same_adapter_converts_to_the_same_bytes(place: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.gguf"
    convert(place / "peft", shape_of(place / "base"), again)
    assert again.read_bytes() == (place / "right.gguf").read_bytes()

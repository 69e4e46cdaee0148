"""The converter on the real small model: a random LoRA that is not zero, by log-probs against transformers + PEFT (training.md 5.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asked
import numpy as np
import pytest
import toy_lora
from ammo_local.child import Child
from ammo_training.convert_base import find_source, prepare
from ammo_training.gguf_lora import convert, rotary, shape_of
from ammo_training.hardware import Where
from ammo_training.load import load_model, load_tokenizer

from ammo_agents.settings import folders, load

# The base is brought to safetensors once (28 CPU seconds); its quantised marks and PEFT's call are warned of.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning"),
]
ASK, REPLY = "Why is the sea salty?", "The sea is salty because rivers carry minerals from rocks."
NAMES = ("right", "unpermuted", "other heads", "without alpha")
KEY_HEADS = 3


class Real:
    """The real base with an adapter on it in torch, and that adapter as GGUF, rightly and wrongly."""

    def __init__(self, root: Path) -> None:
        source = find_source("local/smollm2-135m", folders(load().settings).models)
        base = prepare(source, root / "bases")
        where = Where(device="cpu", dtype="float32", threads=1, checkpointing=False)
        self.words = load_tokenizer(base)
        plain = load_model(base, where)
        turns = [{"role": "user", "content": ASK}]
        start = self.words.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        ids = self.words(REPLY, add_special_tokens=False).input_ids
        self.texts = [start + self.words.decode(ids[:n]) for n in range(0, len(ids), 2)]
        self.base = [asked.by_torch(plain, self.words, text) for text in self.texts]
        worn = toy_lora.on(plain, spread=0.04, r=8, lora_alpha=16)
        for name, value in worn.named_parameters():
            if "lora_B" in name and ("q_proj" in name or "k_proj" in name):
                value.data.mul_(6.0)  # attention is slow to show a wrong row
        self.adapter = [asked.by_torch(worn, self.words, text) for text in self.texts]
        worn.save_pretrained(str(root / "peft"))
        worn.peft_config["default"].lora_alpha = 8
        worn.save_pretrained(str(root / "flat"))
        shape = shape_of(base.folder)
        convert(root / "peft", shape, root / "right.gguf")
        convert(root / "peft", shape, root / "unpermuted.gguf", order=lambda rows, _: rows)
        convert(root / "peft", shape, root / "other heads.gguf", order=_other_heads)
        convert(root / "flat", shape, root / "without alpha.gguf")
        self.files = [str(root / f"{name}.gguf") for name in NAMES]
        self.source = str(source)


def _other_heads(rows: Any, heads: int) -> Any:
    """Permute k with another number of heads; q's own, 9, do not divide its 192 rows, so that slip stops by itself."""
    return rotary(rows, 6 if heads == KEY_HEADS else heads)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Real:
    return Real(tmp_path_factory.mktemp("smollm2"))


@pytest.fixture
async def child(real: Real) -> AsyncIterator[Child]:
    options = {"path": real.source, "slots": 1, "context": 512, "threads": 1, "batch": 256}
    one = Child({**options, "cache_mb": 0, "memory_limit_mb": 0, "adapters": real.files})
    await one.ready()
    yield one
    await one.close()


async def distance(child: Child, real: Real, name: str, wanted: list[Any]) -> float:
    """Return the mean |Δ log p| of the ten likeliest tokens over all positions."""
    lora = [{"id": n, "scale": float(each == name)} for n, each in enumerate(NAMES)]
    found = [await asked.by_llama(child, text, lora) for text in real.texts]
    return float(np.mean([asked.apart(f, w) for f, w in zip(found, wanted, strict=True)]))


async def test_a_random_adapter_of_the_real_base_has_the_log_probs_of_transformers(
    child: Child, real: Real
) -> None:
    base = await distance(child, real, "", real.base)
    right = await distance(child, real, "right", real.adapter)
    effect = await distance(child, real, "right", real.base)
    assert base <= 0.15
    assert right <= max(0.15, 1.25 * base), "conversion adds nothing to what 8-bit activations cost"
    assert effect > 3 * right, "an adapter that changes nothing proves nothing"
    for mutant in NAMES[1:]:
        assert await distance(child, real, mutant, real.adapter) > 1.5 * right, mutant

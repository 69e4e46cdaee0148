"""Writing with an adapter: llama.cpp beside transformers, what the adapter costs, cold start, and a switch while it serves.

    python bench/adapters.py [--model local/smollm2-135m] [--bases FOLDER] [--threads 1] [--rounds 3] [--json]

A random adapter (rank 8, every linear module) is packed as a job packs one. Both engines read the same prompt and write
the same number of tokens, in turns. `--bases` keeps the base as safetensors between two runs (half a gigabyte).

Printed: tokens a second (of wall and of CPU time) of each engine with and without the adapter, their ratio (aim >= 3), the adapter's cost (aim <= 30 %),
seconds from nothing to the first answer (aim <= 3), seconds in which another adapter is loaded while calls go on and the
longest any of those calls waited; and mean |log p| differences to transformers.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import torch
from ammo_local.model import LocalModel
from ammo_local.provider import LocalModels
from ammo_training.base_folder import Base
from ammo_training.convert_base import find_source, prepare
from ammo_training.hardware import Where
from ammo_training.load import load_model, load_tokenizer
from ammo_training.offline import set_offline
from ammo_training.packaging import pack
from machine import machine
from peft import LoraConfig, PeftModel, get_peft_model

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import AdapterManifest
from ammo_agents.records import Message, Mix, Prompt, Sampling
from ammo_agents.settings import load

SEED, TOKENS, TOP = 7, 48, 10
USUAL = 5
"""Calls before the switch, whose median is the usual one."""
ASK = "Write a long story about the sea, the rivers and the salt in them."
REPLY = "The sea is salty because rivers carry small amounts of dissolved minerals from rocks."
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
PACKAGES = ("torch", "transformers", "peft", "xllamacpp", "gguf")


@dataclass(frozen=True)
class Bench:
    """What is measured."""

    model: LocalModel
    torch: PeftModel
    tokenizer: Any
    adapters: tuple[str, str]
    threads: int

    @property
    def text(self) -> str:
        """The prompt as both engines read it."""
        turns = [{"role": "user", "content": ASK}]
        found: str = self.tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True
        )
        return found


def random_adapter(model: Any, seed: int) -> PeftModel:
    """Return the model with an adapter whose weights are drawn by seed: it changes every log-prob a little."""
    asked = LoraConfig(r=8, lora_alpha=16, target_modules=MODULES, task_type="CAUSAL_LM")
    torch.manual_seed(seed)
    made = get_peft_model(model, asked)
    for name, value in made.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(value, std=0.02)
    return made.eval()


Spent = tuple[float, float]
"""Seconds of wall time, and of CPU time: the second is fair on a machine that others use too."""


def by_transformers(bench: Bench, tokens: int, *, adapter: bool) -> Spent:
    """Return what reading the prompt and writing so many tokens takes torch, greedily."""
    ids = bench.tokenizer(bench.text, return_tensors="pt").input_ids
    asked = {"max_new_tokens": tokens, "min_new_tokens": tokens, "do_sample": False}
    if not adapter:
        with bench.torch.disable_adapter():
            return _timed(bench, ids, asked)
    return _timed(bench, ids, asked)


def _timed(bench: Bench, ids: Any, asked: dict[str, Any]) -> Spent:
    started, cpu = time.perf_counter(), time.process_time()
    with torch.no_grad():
        bench.torch.generate(input_ids=ids, attention_mask=torch.ones_like(ids), **asked)
    return time.perf_counter() - started, time.process_time() - cpu


async def by_llama(bench: Bench, tokens: int, adapters: tuple[Mix, ...]) -> Spent:
    """Return what reading the prompt anew and writing so many tokens takes llama.cpp; the CPU time is the child's."""
    bench.model.repeatable = True
    sampling = Sampling(
        max_tokens=tokens,
        temperature=0.0,
        seed=SEED,
        adapters=adapters,
        deadline_s=300,
    )
    child = psutil.Process(bench.model.child.pid)
    started, cpu = time.perf_counter(), sum(child.cpu_times()[:2])
    done = await bench.model.complete(_prompt(), sampling)
    assert done.usage.tokens_out == tokens, "it ended early: ask for something longer"
    return time.perf_counter() - started, sum(child.cpu_times()[:2]) - cpu


async def speeds(bench: Bench, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return tokens written a second in every way, by wall and by CPU time: medians of turns.

    What one token takes is taken off what all take, so that reading the prompt does not count.
    """
    worn = (Mix(id=bench.adapters[0]),)
    found: dict[str, list[tuple[Spent, Spent]]] = {}
    for _ in range(rounds):
        for name, adapters in (("llama.cpp", ()), ("llama.cpp + adapter", worn)):
            both = (await by_llama(bench, 1, adapters), await by_llama(bench, TOKENS, adapters))
            found.setdefault(name, []).append(both)
        for name, adapter in (("transformers", False), ("transformers + adapter", True)):
            one = await asyncio.to_thread(by_transformers, bench, 1, adapter=adapter)
            every = await asyncio.to_thread(by_transformers, bench, TOKENS, adapter=adapter)
            found.setdefault(name, []).append((one, every))
    return _medians(found, 0), _medians(found, 1)


def _medians(found: dict[str, list[tuple[Spent, Spent]]], clock: int) -> dict[str, float]:
    return {
        name: round(
            (TOKENS - 1) / statistics.median(every[clock] - one[clock] for one, every in seen), 1
        )
        for name, seen in found.items()
    }


async def switch(bench: Bench) -> dict[str, float]:
    """Ask for an adapter that is not loaded while base calls go on; return how long it took and who waited longest."""
    bench.model.repeatable = False
    waits: list[float] = []
    over, settled = asyncio.Event(), asyncio.Event()

    async def others() -> None:
        while not over.is_set():
            started = time.perf_counter()
            await bench.model.complete(_prompt(), Sampling(max_tokens=8, deadline_s=300))
            waits.append(time.perf_counter() - started)
            if len(waits) == USUAL:
                settled.set()

    going = asyncio.create_task(others())
    await settled.wait()
    usual = statistics.median(waits)
    started = time.perf_counter()
    mixed = Sampling(max_tokens=8, adapters=(Mix(id=bench.adapters[1]),), deadline_s=300)
    await bench.model.complete(_prompt(), mixed)
    spent = time.perf_counter() - started
    over.set()
    await going
    return {
        "switch_s": round(spent, 2),
        "usual_call_s": round(usual, 2),
        "longest_call_meanwhile_s": round(max(waits), 2),
    }


async def log_probs(bench: Bench) -> dict[str, float]:
    """Return the mean |Δ log p| of the ten likeliest tokens over the positions of one reply, and the adapter's effect."""
    ids = bench.tokenizer(REPLY, add_special_tokens=False).input_ids
    found: dict[str, list[float]] = {"base": [], "adapter": [], "effect of the adapter": []}
    for n in range(len(ids)):
        text = bench.text + bench.tokenizer.decode(ids[:n])
        wanted = {on: await asyncio.to_thread(_torch_log_probs, bench, text, adapter=on) for on in (False, True)}  # fmt: skip
        for on in (False, True):
            seen = await _llama_log_probs(bench, text, (Mix(id=bench.adapters[0]),) if on else ())
            if seen:
                found["adapter" if on else "base"].append(_apart(seen, wanted[on]))
                if on:
                    found["effect of the adapter"].append(_apart(seen, wanted[False]))
    means = {name: round(float(np.mean(seen)), 4) for name, seen in found.items()}
    return means | {"positions": float(len(found["base"]))}


def _torch_log_probs(bench: Bench, text: str, *, adapter: bool) -> np.ndarray[Any, Any]:
    ids = bench.tokenizer(text, return_tensors="pt").input_ids
    with torch.no_grad():
        if adapter:
            logits = bench.torch(ids).logits[0, -1]
        else:
            with bench.torch.disable_adapter():
                logits = bench.torch(ids).logits[0, -1]
    found: np.ndarray[Any, Any] = torch.log_softmax(logits, -1).numpy()
    return found


async def _llama_log_probs(bench: Bench, text: str, adapters: tuple[Mix, ...]) -> dict[int, float]:
    server = bench.model.servers.now
    body = {
        "prompt": text,
        "n_predict": 1,
        "n_probs": TOP,
        "temperature": 0.0,
        "lora": server.lora(adapters),
    }
    headers = {"Authorization": f"Bearer {server.child.token}"}
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=300) as client:
        address = server.child.address + "/completion"
        answer = (await client.post(address, json=body, headers=headers)).json()
    first = (answer.get("completion_probabilities") or [{"top_logprobs": []}])[0]
    return {int(one["id"]): float(one["logprob"]) for one in first["top_logprobs"]}


def _apart(seen: dict[int, float], wanted: np.ndarray[Any, Any]) -> float:
    return float(np.mean([abs(p - wanted[id]) for id, p in seen.items()]))


def _prompt() -> Prompt:
    return Prompt(messages=(Message(role="user", text=ASK),))


def packed(asked: argparse.Namespace, base: Base, home: Path) -> tuple[Any, tuple[str, str], float]:
    """Return the model in torch with an adapter on it, the ids of two packed adapters, and the seconds of one packing."""
    where = Where(device="cpu", dtype="float32", threads=asked.threads, checkpointing=False, flash=False)  # fmt: skip
    folder = AdapterFolder(home / "data" / "training" / "adapters")
    ids, spent, worn = [], 0.0, None
    for seed in (SEED + 1, SEED):
        worn = random_adapter(load_model(base, where), seed)
        worn.save_pretrained(str(home / str(seed)))
        said = AdapterManifest(base=asked.model, base_sha256=base.sha256, seed=seed)
        started = time.perf_counter()
        ids.append(pack(home / str(seed), base, said, folder).id)
        spent = time.perf_counter() - started
    return worn, (ids[1], ids[0]), spent


async def measure(asked: argparse.Namespace, home: Path) -> dict[str, Any]:
    """Return every figure."""
    given = load().settings
    models = LocalModels(given).folder.root
    settings = dataclasses.replace(
        given, home=home, models_dir=models, model_threads=asked.threads, model_slots=1
    )
    source = await asyncio.to_thread(find_source, asked.model, models)
    base = await asyncio.to_thread(prepare, source, asked.bases or home / "bases")
    worn, ids, packing = await asyncio.to_thread(packed, asked, base, home)
    started = time.perf_counter()
    opened = await LocalModels(settings).open_model(asked.model)
    await opened.complete(_prompt(), Sampling(max_tokens=1, deadline_s=300))
    cold = time.perf_counter() - started
    assert isinstance(opened, LocalModel)
    bench = Bench(opened, worn, load_tokenizer(base), ids, asked.threads)
    started = time.perf_counter()
    await opened.complete(_prompt(), Sampling(max_tokens=1, adapters=(Mix(id=ids[0]),), deadline_s=300))  # fmt: skip
    first = time.perf_counter() - started
    near = await log_probs(bench)
    wall, cpu = await speeds(bench, asked.rounds)
    switched = await switch(bench)
    await opened.close()
    return {
        "machine": machine(*PACKAGES),
        "model": asked.model,
        "seed": SEED,
        "threads": asked.threads,
        "tokens": TOKENS,
        "by wall time": _figures(wall),
        "by CPU time": _figures(cpu),
        "pack_s": round(packing, 2),
        "cold_start_s": round(cold, 2),
        "first_adapter_s": round(first, 2),
        **switched,
        "mean |d log p|": near,
    }


def _figures(speed: dict[str, float]) -> dict[str, float]:
    worn = speed["llama.cpp + adapter"]
    return {
        **{f"tokens a second, {name}": value for name, value in speed.items()},
        "llama.cpp / transformers": round(speed["llama.cpp"] / speed["transformers"], 2),
        "llama.cpp / transformers, with adapter": round(worn / speed["transformers + adapter"], 2),
        "adapter costs": round(1 - worn / speed["llama.cpp"], 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--model", default="local/smollm2-135m")
    parser.add_argument("--bases", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    set_offline()
    torch.set_num_threads(asked.threads)
    with tempfile.TemporaryDirectory() as home:
        found = asyncio.run(measure(asked, Path(home)))
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        print(f"{name:42} {value}")


if __name__ == "__main__":
    main()

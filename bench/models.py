"""The local model and embedder beside their bare engines, in turns in the same run.

    python bench/models.py [--rounds 3] [--json]

Prints tokens a second of a Goal Buddy's kind of call (a shared few-shot beginning, 32 tokens out)
through AMMO's child process and through xllamacpp in this process with the same settings; the
effect of the prompt cache; slots; and texts a second of the embedder beside bare onnxruntime.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import tokenizers
from ammo_local.model import LocalModel
from ammo_local.provider import LocalModels
from ammo_local.server import load_engine, server_params
from machine import machine

from ammo_agents.records import Message, Prompt, Sampling
from ammo_agents.settings import load

MODEL, EMBEDDER = "local/smollm2-135m", "local/minilm-l6-v2"
SEED = 7
FEW = "Rewrite the sentence in fresh words. Keep [A] and [B].\n" + "".join(
    f"Sentence: {n} closed at [A] on [B].\nRewritten: On [B] {n} ended the day at [A].\n"
    for n in ("Bitcoin", "Ether", "Solana")
)
NAMES = ("Dogecoin", "Litecoin", "Monero", "Stellar")
TEXTS = [
    f"{n} rose {i}.{i}% in {i + 2} days, its best since March." for i in range(8) for n in NAMES
]
SAMPLING = Sampling(max_tokens=32, seed=SEED, temperature=0.7)


def prompts() -> list[Prompt]:
    """Return one prompt a name, all with the same beginning."""
    return [
        Prompt(
            messages=(
                Message(role="system", text=FEW),
                Message(role="user", text=f"Sentence: {n} rose [A] in a week, its best since [B]."),
            )
        )
        for n in NAMES
    ]


async def through_ammo(model: LocalModel, at_once: int = 1) -> float:
    """Return tokens written a second of wall time."""
    gate = asyncio.Semaphore(at_once)

    async def ask(prompt: Prompt) -> int:
        async with gate:
            return (await model.complete(prompt, SAMPLING)).usage.tokens_out

    started = time.perf_counter()
    written = sum(await asyncio.gather(*(ask(prompt) for prompt in prompts())))
    return written / (time.perf_counter() - started)


async def bare(server: Any) -> float:
    """Return tokens a second of the same calls without AMMO."""
    started, written = time.perf_counter(), 0
    for prompt in prompts():
        body = {
            "messages": [{"role": m.role, "content": m.text} for m in prompt.messages],
            "max_tokens": SAMPLING.max_tokens,
            "temperature": SAMPLING.temperature,
            "top_p": SAMPLING.top_p,
            "seed": SEED,
        }
        answer = await asyncio.to_thread(server.handle_chat_completions, body)
        found = json.loads(answer) if isinstance(answer, str) else answer
        written += found["timings"]["predicted_n"]
    return written / (time.perf_counter() - started)


async def language(provider: LocalModels, rounds: int) -> dict[str, Any]:
    """Measure the model in turns: bare, AMMO, AMMO without cache, two calls at once."""
    one = LocalModels(dataclasses.replace(provider.settings, model_slots=1))
    two = LocalModels(dataclasses.replace(provider.settings, model_slots=2))
    model, pair = await one.open_model(MODEL), await two.open_model(MODEL)
    assert isinstance(model, LocalModel)
    assert isinstance(pair, LocalModel)
    engine = load_engine()
    server = engine.Server(server_params(engine, {**model.child.options, "token": "bench"}))

    async def uncached() -> float:
        model.repeatable = True
        speed = await through_ammo(model)
        model.repeatable = False
        return speed

    ways: dict[str, Callable[[], Awaitable[float]]] = {
        "bare xllamacpp": lambda: bare(server),
        "AMMO": lambda: through_ammo(model),
        "AMMO, prompt cache off": uncached,
        "AMMO, 2 slots, 2 at once": lambda: through_ammo(pair, 2),
    }
    speeds = await in_turns(ways, rounds)
    await model.close()
    await pair.close()
    return {**speeds, "ratio to bare": ratio(speeds, "AMMO", "bare xllamacpp")}


async def vectors(provider: LocalModels, rounds: int) -> dict[str, Any]:
    """Measure texts a second: AMMO's embedder and the bare session, one text a run."""
    embedder = await provider.open_embedder(EMBEDDER)
    folder = provider.folder.root / "minilm-l6-v2"
    session, tokenizer = bare_session(folder)

    async def ammo() -> float:
        started = time.perf_counter()
        await embedder.embed(TEXTS)
        return len(TEXTS) / (time.perf_counter() - started)

    def run_bare() -> float:
        started = time.perf_counter()
        for encoding in tokenizer.encode_batch(TEXTS):
            ids = np.asarray([encoding.ids], np.int64)
            feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            session.run(None, {**feed, "token_type_ids": np.zeros_like(ids)})
        return len(TEXTS) / (time.perf_counter() - started)

    ways = {"bare onnxruntime": lambda: asyncio.to_thread(run_bare), "AMMO": ammo}
    speeds = await in_turns(ways, rounds)
    return {**speeds, "ratio to bare": ratio(speeds, "AMMO", "bare onnxruntime")}


def bare_session(folder: Path) -> tuple[onnxruntime.InferenceSession, tokenizers.Tokenizer]:
    """Return onnxruntime and the tokenizer with the settings the embedder uses."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    weights = str(folder / "model.onnx")
    return onnxruntime.InferenceSession(
        weights, options, providers=["CPUExecutionProvider"]
    ), tokenizer


async def in_turns(
    ways: Mapping[str, Callable[[], Awaitable[float]]], rounds: int
) -> dict[str, list[float]]:
    """Run every way once to warm up, then all of them in turns, so that noise falls on all alike."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            speed = await way()
            if turn:
                found[name].append(round(speed, 1))
    return found


def ratio(speeds: dict[str, list[float]], a: str, b: str) -> float:
    """Return the median of the ratios turn by turn."""
    pairs = zip(speeds[a], speeds[b], strict=True)
    return round(statistics.median(x / y for x, y in pairs), 3)


async def measure(rounds: int) -> dict[str, Any]:
    """Return every figure."""
    provider = LocalModels(load().settings)
    return {
        "machine": {**machine("xllamacpp", "onnxruntime", "tokenizers", "numpy"), "seed": SEED},
        "tokens a second": await language(provider, rounds),
        "texts embedded a second": await vectors(provider, rounds),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="The local model beside its bare engine.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measure(options.rounds))
    if options.json:
        print(json.dumps(found))
        return
    for title, rows in found.items():
        print(title)
        for name, value in rows.items():
            median = f"median {statistics.median(value)} of " if isinstance(value, list) else ""
            median = median if name != "load" else ""
            print(f"  {name}: {median}{value}")


if __name__ == "__main__":
    main()

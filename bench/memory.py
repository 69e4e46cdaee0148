"""Memory of the local model's process and of the embedder while they work.

    python bench/memory.py [--json]

Private memory is the process's own; shared is the weights, mapped from the file, which the
kernel can drop and other processes can share.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
from pathlib import Path

from ammo_local.model import LocalModel
from ammo_local.provider import LocalModels

from ammo_agents.records import Message, Prompt, Sampling
from ammo_agents.settings import load

ASK = Prompt(messages=(Message(role="user", text="Tell a long story. " * 60),))


def memory_mb(pid: int) -> dict[str, float]:
    """Return resident, private and peak memory of a process in MiB, from the kernel."""
    rollup = _kilobytes(Path(f"/proc/{pid}/smaps_rollup"))
    status = _kilobytes(Path(f"/proc/{pid}/status"))
    return {
        "resident": round(rollup["Rss"] / 1024, 1),
        "anonymous": round(rollup["Anonymous"] / 1024, 1),
        "mapped files": round((rollup["Rss"] - rollup["Anonymous"]) / 1024, 1),
        "peak": round(status["VmHWM"] / 1024, 1),
        "address space": round(status["VmPeak"] / 1024, 1),
    }


def _kilobytes(path: Path) -> dict[str, int]:
    rows = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {row[0].rstrip(":"): int(row[1]) for row in rows if len(row) == 3 and row[2] == "kB"}


async def measure() -> dict[str, dict[str, float]]:
    """Return the memory of the child with every slot busy, and of this process with the embedder."""
    provider = LocalModels(load().settings)
    model = await provider.open_model("local/smollm2-135m")
    assert isinstance(model, LocalModel)
    calls = [
        asyncio.create_task(model.complete(ASK, Sampling(max_tokens=32, seed=seed, deadline_s=300)))
        for seed in range(provider.settings.model_slots)
    ]
    await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
    assert model.child.pid is not None
    found = {"language model's process": memory_mb(model.child.pid)}
    await asyncio.gather(*calls)
    await model.close()
    before = memory_mb(os.getpid())
    embedder = await provider.open_embedder("local/minilm-l6-v2")
    await embedder.embed(["word " * 300] * 4)
    after = memory_mb(os.getpid())
    found["embedder adds"] = {name: round(after[name] - before[name], 1) for name in after}
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Memory of the local model and embedder.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measure())
    if options.json:
        print(json.dumps(found))
        return
    print(f"{platform.machine()}, {os.cpu_count()} cores, MiB")
    for who, figures in found.items():
        print(f"  {who}: " + ", ".join(f"{name} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()

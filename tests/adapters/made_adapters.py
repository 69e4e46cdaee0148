"""Adapters for tests that need no weights: the three files with their right beginnings, and a report with its gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ammo_agents.adapters.folder import AdapterFolder
from ammo_agents.adapters.manifest import AdapterManifest

HEADER = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
GOOD = [{"name": "held-out pairs", "passed": True, "said": "240 pairs"}, {"name": "grounding rate", "passed": True, "said": "0.98 before, 0.98 after"}]  # fmt: skip
SHORT = [{**GOOD[0], "passed": False, "said": "12 pairs"}, GOOD[1]]
LOOSE = [GOOD[0], {**GOOD[1], "passed": False, "said": "0.98 before, 0.41 after"}]


def files(folder: Path, word: str = "one") -> Path:
    """Write the files of an adapter that says `word`, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps({"r": 8, "word": word}), "utf-8")
    raw = len(HEADER).to_bytes(8, "little") + HEADER + word.encode().ljust(4)[:4]
    (folder / "adapter_model.safetensors").write_bytes(raw)
    (folder / "adapter.gguf").write_bytes(b"GGUF" + word.encode())
    return folder


def manifest(**more: Any) -> AdapterManifest:
    """Return what an adapter says of itself before it is kept."""
    said: dict[str, Any] = {"base": "scripted/adapted", "base_sha256": "ab" * 32, "name": "short"}
    return AdapterManifest(**{**said, "run": "20260101-120000-abcdef", **more})


def kept(data: Path, word: str = "one", *, bars: Any = GOOD, **more: Any) -> AdapterManifest:
    """Keep an adapter below a data folder, with the report of the run that made it."""
    root = data / "training"
    made = AdapterFolder(root / "adapters").add(
        files(root / f"given-{word}", word), manifest(run=f"run-{word}", **more)
    )
    run = root / "runs" / made.run
    run.mkdir(parents=True, exist_ok=True)
    (run / "run.json").write_text(
        json.dumps({
            "id": made.run,
            "kind": "dpo",
            "name": word,
            "state": "done",
            "stage": "gate",
            "adapter": made.id,
            "started": "2026-01-01T12:00:00+00:00",
        }),
        "utf-8",
    )
    if bars is not None:
        gate = {"passed": all(b["passed"] for b in bars), "checks": bars}
        report = {"adapter": made.id, "gate": gate}
        (run / "report.json").write_text(json.dumps(report), encoding="utf-8")
    return made

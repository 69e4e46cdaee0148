"""The child: opens an index, queries rows for themselves, and says in JSON what it saw.

``python -m ammo_chroma.probe FOLDER SAMPLE|all COLLECTION …`` It may crash; that is what it is for.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ammo_agents.errors import DamagedError
from ammo_agents.metaspace.manifest import hash_of
from ammo_chroma.client import guarded, open_client, open_collection

PAGE = 500
TOLERANCE = 1e-4
"""A row that is nearer than the row itself by less than this is its twin."""


def look(folder: Path, sample: int | None, names: list[str]) -> dict[str, Any]:
    """Return, for each collection: rows, hash of ids, rows asked, rows that do not find themselves."""
    client = open_client(folder)
    seen = {name: _collection(open_collection(client, name), sample) for name in names}
    guarded(client.close)
    return {"collections": seen}


def _collection(collection: Any, sample: int | None) -> dict[str, Any]:
    ids = sorted(guarded(lambda: collection.get(include=[]))["ids"])
    asked = ids
    if sample is not None and sample < len(ids):
        step = len(ids) / sample
        asked = [ids[int(i * step)] for i in range(sample)]
    missed = sum(_missed(collection, asked[i : i + PAGE]) for i in range(0, len(asked), PAGE))
    missed += abs(guarded(collection.count) - len(ids))
    return {"count": len(ids), "ids": hash_of(ids), "asked": len(asked), "missed": missed}


def _missed(collection: Any, ids: list[str]) -> int:
    """Return how many of `ids` a query with their own vector does not give back."""
    kept = guarded(lambda: collection.get(ids=ids, include=["embeddings"]))
    rows = np.asarray(kept["embeddings"], np.float32)
    found = guarded(
        lambda: collection.query(query_embeddings=rows, n_results=3, include=["distances"])
    )
    missed = len(ids) - len(kept["ids"])
    for id, row, hits, distances in zip(
        kept["ids"], rows, found["ids"], found["distances"], strict=True
    ):
        own = 1.0 - float(row @ row)
        if abs(own) > 1e-2 or (id not in hits and (not hits or distances[0] > own + TOLERANCE)):
            missed += 1
    return missed


def main(arguments: list[str]) -> None:
    """Print what is seen in the folder named by the arguments."""
    folder, sample, *names = arguments
    try:
        seen = look(Path(folder), None if sample == "all" else int(sample), names)
    except DamagedError as error:
        seen = {"fault": error.message}
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1:])

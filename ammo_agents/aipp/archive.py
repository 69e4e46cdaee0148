"""A community as bytes: one line of JSON, then arrays of little-endian float64; same community, same bytes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ammo_agents.aipp.circles import Circle, Circles, Liking
from ammo_agents.aipp.community import Community
from ammo_agents.aipp.preference import Prior
from ammo_agents.errors import DamagedError
from ammo_agents.geometry import Tables
from ammo_agents.records import Wide

FORMAT = "ammo-community-1"
Plain = dict[str, Any]


def packed(community: Community) -> bytes:
    """Return the community as bytes: a blob of the ledger."""
    tables, prior, circles = community.tables, community.prior, community.circles
    arrays = [tables.values, tables.guess, tables.mean, prior.mean, prior.variance]
    if circles is not None:
        arrays += [circles.rows, circles.common, *(one.scores for one in circles.circles)]
    body = b"".join(array.astype("<f8").tobytes() for array in arrays)
    head = {
        "format": FORMAT,
        "sha256": hashlib.sha256(body).hexdigest(),
        "shapes": [list(array.shape) for array in arrays],
        "entities": sorted(tables.index, key=lambda name: tables.index[name]),
        "people": community.people,
        "likelihood": list(community.likelihood),
        "basis": community.basis,
        "prior": [prior.noise, prior.forgetting, prior.company],
        "circles": None if circles is None else _circles_said(circles),
    }
    return json.dumps(head, sort_keys=True).encode() + b"\n" + body


def unpacked(blob: bytes) -> Community:
    """Return the community that `packed` wrote; raises `DamagedError` for anything else."""
    line, _, body = blob.partition(b"\n")
    try:
        head = json.loads(line)
        if head["format"] != FORMAT or head["sha256"] != hashlib.sha256(body).hexdigest():
            raise ValueError("another format, or other bytes than its hash says")
        arrays = iter(_arrays(body, head["shapes"]))
        values, guess, mean = next(arrays), next(arrays), next(arrays)
        names = [str(name) for name in head["entities"]]
        if len(names) != len(values):
            raise ValueError("its tables have other rows than names")
        noise, forgetting, company = map(float, head["prior"])
        return Community(
            tables=Tables(
                index={name: row for row, name in enumerate(names)},
                values=values,
                guess=guess,
                mean=mean,
            ),
            prior=Prior(
                mean=next(arrays),
                variance=next(arrays),
                noise=noise,
                forgetting=forgetting,
                company=company,
            ),
            people=int(head["people"]),
            likelihood=tuple(map(float, head["likelihood"])),
            basis=str(head["basis"]),
            circles=None if head["circles"] is None else _circles(head["circles"], arrays),
        )
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise DamagedError(
            f"a kept community cannot be read: {error or 'an array is missing'}",
            hint="Learn it again: ammo community learn",
        ) from error


def _arrays(body: bytes, shapes: Sequence[Sequence[int]]) -> list[Wide]:
    sizes = [math.prod(shape) for shape in shapes]
    if 8 * sum(sizes) != len(body):
        raise ValueError("it is cut off")
    numbers = np.frombuffer(body, "<f8").astype(np.float64)
    ends = np.cumsum(sizes)[:-1].tolist()
    found = np.split(numbers, ends)
    return [part.reshape(shape) for part, shape in zip(found, shapes, strict=True)]


def _circles_said(circles: Circles) -> Plain:
    return {
        "landmarks": list(circles.landmarks),
        "circles": [
            {
                "people": one.people,
                "liked": [[name, how.people, how.more] for name, how in sorted(one.liked.items())],
            }
            for one in circles.circles
        ],
    }


def _circles(said: Plain, arrays: Iterator[Wide]) -> Circles:
    rows, common = next(arrays), next(arrays)
    return Circles(
        landmarks=tuple(map(str, said["landmarks"])),
        rows=rows,
        common=common,
        circles=tuple(
            Circle(
                people=int(one["people"]),
                scores=next(arrays),
                liked={str(name): Liking(int(n), float(more)) for name, n, more in one["liked"]},
            )
            for one in said["circles"]
        ),
    )

"""Draws regret per round, one line per method, as SVG or PNG."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ammo_agents.errors import BadInputError, MissingPartError

ENDINGS = (".svg", ".png")
OWN, PEER = (
    "#b5372b",
    (
        "#4c72b0",
        "#55a868",
        "#8172b2",
        "#937860",
        "#64b5cd",
        "#8c8c8c",
        "#ccb974",
        "#222222",
        "#c27ba0",
    ),
)
MARKS, STYLES = "osv^Dpx*h", ("-", "--", ":")


def check(path: Path) -> None:
    """Raise before the long run what `draw` would raise after it.

    Raises:
        BadInputError: another ending than .svg or .png, or a folder that is not there.
        MissingPartError: matplotlib is not installed.
    """
    if path.suffix.lower() not in ENDINGS:
        raise BadInputError(
            f"{path.name} ends in {path.suffix or 'nothing'}", hint="Name a file .svg or .png."
        )
    if not path.parent.is_dir():
        raise BadInputError(f"there is no folder {path.parent}", hint="Make it, or name another.")
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingPartError(
            "a plot needs matplotlib, which is not installed",
            hint="pip install 'ammo-agents[plots]'",
        )


def draw(report: Mapping[str, Any], path: Path) -> None:
    """Write the picture: mean regret per slot in each round, for every method that was replayed.

    Raises:
        BadInputError: no method was replayed.
    """
    check(path)
    lines = [method for method in report["methods"] if method["regret_per_round"]]
    if not lines:
        raise BadInputError(
            "nothing was replayed, so there is no regret to draw",
            hint="Run the protocol: --protocol replay",
        )
    matplotlib = importlib.import_module("matplotlib")
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "ammo"  # the same numbers give the same file
    pyplot = importlib.import_module("matplotlib.pyplot")
    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    _lines(axes, lines)
    people = lines[0]["people_replayed"]
    axes.set_title(f"What each slate missed: {people} people the methods never saw")
    axes.set_xlabel("round (five cards each)")
    axes.set_ylabel("regret per slot, 0 = the best slate")
    axes.set_xticks(range(1, len(lines[0]["regret_per_round"]) + 1))
    axes.set_ylim(bottom=0.8 * min(value for m in lines for value in m["regret_per_round"]))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)


def _lines(axes: Any, methods: Sequence[Mapping[str, Any]]) -> None:
    """Draw the lines, worst at the end of the legend, the product's own thick and red."""
    ordered = sorted(methods, key=lambda m: sum(m["regret_per_round"]), reverse=True)
    peers = [m["name"] for m in methods if not m["own"]]
    ours = [m["name"] for m in reversed(ordered) if m["own"]]  # the best of them solid
    for method in ordered:
        values = method["regret_per_round"]
        own = method["own"]
        place = 0 if own else peers.index(method["name"])
        axes.plot(
            range(1, len(values) + 1),
            values,
            label=f"{method['name'].replace('_', ' ')} {method['regret_share_of_random']:.3f}",
            color=OWN if own else PEER[place % len(PEER)],
            linewidth=2.4 if own else 1.2,
            linestyle=STYLES[ours.index(method["name"]) % len(STYLES)] if own else "-",
            marker=MARKS[place % len(MARKS)],
            markersize=3.5,
        )

"""How accounts and tokens look in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from rich.console import Console

Plain = Mapping[str, Any]


def secret(out: Console, answer: Plain) -> None:
    """Print a secret alone on stdout, so that a program can take it; the rest goes to stderr."""
    out.print(answer["token"], markup=False, soft_wrap=True)
    if sys.stdout.isatty():
        note = (
            "Keep it now: it cannot be shown again."
            if "hash" in answer
            else f"Also in {answer['file']}, which only you may read."
        )
        Console(stderr=True, highlight=False).print(f"[dim]{note}[/dim]")

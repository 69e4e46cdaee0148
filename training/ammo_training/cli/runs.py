"""``ammo runs``."""

from __future__ import annotations

import typer

app = typer.Typer(name="runs", no_args_is_help=True)

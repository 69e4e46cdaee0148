"""``ammo train``."""

from __future__ import annotations

import typer

app = typer.Typer(name="train", no_args_is_help=True)

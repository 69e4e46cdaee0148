"""How it looks in a terminal what buddies saw."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

Plain = Mapping[str, Any]
LONGEST = 400
"""Characters of a part that are painted; ``--json`` has all of them."""


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What could move the cursor or turn text around."""


def sees(out: Console, answer: Plain) -> None:
    """Paint each model call as a table of its prompt parts; shares of tokens are marked as estimates."""
    if answer["note"]:
        out.print(answer["note"])
    for one in answer["sights"]:
        usage = one["usage"]
        mixed = "".join(f" + {mix['id']}" for mix in one["adapters"])
        head = f"{one['who']} · {one['model']}{mixed} · {one['at'][:19]}"
        table = Table(title=_plain(head), box=box.SIMPLE_HEAD, title_justify="left")
        table.add_column("part")
        table.add_column("tokens", justify="right")
        table.add_column("words")
        for part in one["parts"]:
            share = f"{'≈ ' if part['estimated'] else ''}{part['tokens']}"
            table.add_row(_plain(part["role"]), share, _plain(part["text"]))
        table.add_row("answer", str(usage["tokens_out"]), _plain(one["answer"]))
        out.print(table)


def _plain(text: str) -> Text:
    """Return text as it stands: no control character, no markup, not too much of it."""
    return Text(CONTROL.sub("", text)[:LONGEST])

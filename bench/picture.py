"""Draws the README's picture: the last slate of a home, as the terminal shows it.

python bench/picture.py --home FOLDER [--cards 3] [--to docs/pictures/slate.svg]
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from ammo_agents.cli import paint


def main() -> None:
    """Ask the command for the slate, paint it into a recording console, write the SVG."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", required=True)
    parser.add_argument("--cards", type=int, default=3)
    parser.add_argument("--to", type=Path, default=Path("docs/pictures/slate.svg"))
    options = parser.parse_args()
    ammo = str(Path(sys.executable).with_name("ammo"))
    line = [ammo, "--home", options.home, "feed", "--last", "--json"]
    answer = json.loads(subprocess.run(line, check=True, capture_output=True, text=True).stdout)
    console = Console(
        record=True, width=104, file=io.StringIO(), highlight=False, force_terminal=True
    )
    for number, card in enumerate(answer["cards"][: options.cards], start=1):
        console.print(paint.card(card, number=number))
    options.to.parent.mkdir(parents=True, exist_ok=True)
    drawn = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="ammo up"), flags=re.DOTALL)
    options.to.write_text(drawn, encoding="utf-8")  # without the fonts it would fetch
    print(options.to)


if __name__ == "__main__":
    main()

"""How long a slate over four subspaces takes beside the four single ones: python bench/many.py [CARDS]."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "many"))

from planting import loaded_at, plant  # type: ignore[import-not-found]

from ammo_agents.app import App, opened

SPACES = ("work", "school", "isles", "stars")


async def said(app: App, wanted: int) -> None:
    """Let the person judge cards of all four until `wanted` acts stand."""
    have = len(await app.ledger.feedback(app.person))
    while have < wanted:
        for space in SPACES:
            companion = await app.companion(space)
            for card in (await companion.show(5)).cards:
                if have < wanted:
                    await companion.record("like" if have % 3 else "skip", card.creation)
                    have += 1


async def slate_ms(app: App, feed: str) -> float:
    """Return the median time of choosing a slate of eight, in ms."""
    times = []
    for _ in range(9):
        begun = time.perf_counter()
        await (await app.companion(feed)).rank(8)
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times[1:])


async def main(cards: int) -> None:
    """Print one line per number of acts."""
    home = Path(tempfile.mkdtemp()) / "home"
    async with opened(loaded_at(home), access="write") as app:
        await plant(app, dict.fromkeys(SPACES, cards))
        for acts in (0, 20, 200):
            await said(app, acts)
            single = [await slate_ms(app, space) for space in SPACES]
            mixed = await slate_ms(app, "all")
            print(f"{acts:4d} acts: mixed {mixed:6.1f} ms, four single {sum(single):6.1f} ms")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))

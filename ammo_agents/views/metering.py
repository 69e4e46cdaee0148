"""The owner's figures: counts and sums over everybody, without a person's words or ids."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ammo_agents.app import App
from ammo_agents.records import PersonId
from ammo_agents.round.notices import KIND, fold

Plain = dict[str, Any]
DAYS_BACK = 1_000
"""Notices of a person that are looked at."""


async def figures(app: App) -> Plain:
    """Give what was published, refused, shown, said, spent, sent and held back."""
    ledger, today = app.ledger, app.clock.now().date()
    counts = await ledger.counts()
    people = {app.person, *(account.person for account in await ledger.accounts.accounts())}
    published = Counter(str(c.subspace) for c in await ledger.creations())
    refused = Counter((str(a.subspace), a.stage) for a in await ledger.attempts())
    acts: Counter[str] = Counter()
    notices: Counter[tuple[str, str]] = Counter()
    for person in sorted(people):
        acts.update(event.act for event in await ledger.feedback(person))
        notices.update(await _notices(app, person))
    spent = await ledger.spent("model*", today)
    return {
        "published": dict(published),
        "refused": [
            {"subspace": subspace, "stage": stage, "count": n}
            for (subspace, stage), n in sorted(refused.items())
        ],
        "slates": counts["slates"],
        "acts": dict(sorted(acts.items())),
        "tokens_today": spent.tokens,
        "money_today": spent.money,
        "notices": [
            {"stand": stand, "reason": reason, "count": n}
            for (stand, reason), n in sorted(notices.items())
        ],
    }


async def _notices(app: App, person: PersonId) -> Counter[tuple[str, str]]:
    """Return how many notices stand how; the reason is the name of the gate that held one back."""
    newest = await app.ledger.diary.newest(person, kind=KIND, limit=DAYS_BACK)
    found = fold(reversed(newest)).values()
    return Counter((notice.stand, notice.failed) for notice in found)

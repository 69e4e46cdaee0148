"""What frames every page: counts, the model, today's cost. Cheap: it is asked for with each page."""

from __future__ import annotations

from typing import Any

from ammo_agents.app import App
from ammo_agents.round import profile
from ammo_agents.views import inbox

Plain = dict[str, Any]


async def chrome(app: App) -> Plain:
    """Return the frame of a page for one person."""
    spent = await app.ledger.spent("model*", app.clock.now().date())
    model = app.settings.model
    chosen = await profile.read(app.ledger.diary, app.person, app.settings)
    return {
        "person": app.person,
        "unread": await inbox.unread(app),
        "model": model.partition("/")[2] or model,
        "local": model.startswith("local/"),
        "tokens_today": spent.tokens,
        "money_today": spent.money,
        "money_cap": app.settings.money_per_day,
        "subspaces": [{"id": s.id, "title": s.title} for s in app.plugins.subspaces()],
        "offline": app.settings.offline,
        "letters": chosen.keys,
    }

"""Every address of the web app with the scope it asks for: a new route fails the tests until it stands here."""

from __future__ import annotations

from fastapi import FastAPI

from ammo_agents.ports import Scope
from ammo_agents.web import routes

READ = """
GET /aipp/v1/feed
GET /aipp/v1/describe
GET /aipp/v1/schema
POST /logout
GET /
GET /peek
GET /why/{card}
GET /card/{card}
GET /first
GET /you
GET /you/export.json
GET /inbox
GET /chat
GET /runs/stream
GET /api/v1/runs/stream
GET /map
GET /map/data.json
GET /api/v1/map
GET /subspaces
GET /buddy/{subspace}/{slug}
GET /api/v1/buddies/{subspace}/{slug}
GET /api/v1/shelf
GET /sees
GET /api/v1/sitting
GET /api/v1/peek/{card}
GET /api/v1/coming
GET /api/v1/why/{card}
GET /api/v1/you
GET /api/v1/events
GET /api/v1/profile
GET /api/v1/subspaces
GET /api/v1/buddies
GET /api/v1/buddies/{name:path}
GET /api/v1/facts/{id}
GET /api/v1/status
GET /api/v1/openapi.json
GET /api/v1/inbox
GET /v1/models
GET /v1/models/{id:path}
POST /v1/embeddings
GET /api/v1/search
GET /api/v1/chat
GET /api/v1/chat/thread
GET /api/v1/chat/openers
GET /api/v1/sights
GET /api/v1/sights/{seq}
GET /studio
GET /api/v1/studio
"""
FEEDBACK = """
POST /aipp/v1/feed
POST /aipp/v1/interactions
POST /aipp/v1/intent
POST /act
POST /undo
POST /more
POST /follow
POST /again
POST /mix
POST /space
POST /keys
POST /first
POST /first/skip
POST /depth
POST /you/stand
POST /you/not-true
POST /you/delete
POST /you/say
POST /you/believe
POST /you/choose
POST /you/afresh
POST /you/return
POST /you/forget
POST /inbox/answer
POST /inbox/open
POST /inbox/read
POST /inbox/rules
POST /inbox/allow
POST /inbox/channels
POST /inbox/channels/test
POST /inbox/channels/remove
POST /chat
POST /chat/stop
POST /chat/retry
POST /chat/take-back
POST /chat/prefer
POST /map
POST /map/undo
POST /you/feed-address
GET /you/import
POST /you/import
POST /you/import/keep
POST /you/import/undo
POST /api/v1/import
POST /api/v1/sitting
POST /api/v1/sitting/again
POST /api/v1/sitting/more
POST /api/v1/sitting/act
POST /api/v1/sitting/undo
POST /api/v1/you/forget
POST /api/v1/profile
POST /api/v1/ask
POST /api/v1/inbox/answer
POST /api/v1/inbox/read
POST /api/v1/inbox/open
PUT /api/v1/inbox/rules
POST /api/v1/inbox/channels
POST /api/v1/inbox/channels/test
POST /api/v1/inbox/channels/remove
POST /v1/chat/completions
POST /mcp
POST /api/v1/chat
POST /api/v1/chat/stop
POST /api/v1/chat/retry
POST /api/v1/chat/take-back
POST /api/v1/chat/prefer
POST /studio/consent
GET /studio/label
POST /studio/label
POST /studio/label/undo
GET /api/v1/studio/label
POST /api/v1/studio/label
POST /api/v1/studio/label/undo
"""
ADMIN = """
POST /plugins/{name}
POST /subspaces/{subspace}
GET /api/v1/health
GET /metrics
GET /api/v1/doctor
GET /studio/runs
GET /studio/runs/{run}
POST /studio/runs/{run}
GET /studio/stream
GET /studio/runs/{run}/stream
GET /api/v1/studio/runs/{run}/stream
GET /studio/train
POST /studio/train
GET /studio/train/stream
GET /studio/promote
POST /studio/promote
POST /studio/rollback
POST /studio/build
GET /api/v1/studio/data
POST /api/v1/studio/data
GET /api/v1/studio/train
POST /api/v1/studio/plan
GET /api/v1/studio/runs
POST /api/v1/studio/runs
GET /api/v1/studio/runs/{run}
GET /api/v1/studio/runs/{run}/metrics
POST /api/v1/studio/runs/{run}/stop
POST /api/v1/studio/runs/{run}/resume
GET /api/v1/studio/adapters
POST /api/v1/studio/promote
POST /api/v1/studio/rollback
"""
OPEN = """
GET /login
POST /login
GET /health
GET /feeds/{secret}/{form}
GET /feeds/{secret}/feedback/{card}/{act}
POST /feeds/{secret}/feedback/{card}/{act}
"""
"""Reached without a login; a feed's address holds a secret of its own."""
SCOPES: dict[str, Scope | None] = {
    **dict.fromkeys(READ.split("\n")[1:-1], "read"),
    **dict.fromkeys(FEEDBACK.split("\n")[1:-1], "feedback"),
    **dict.fromkeys(ADMIN.split("\n")[1:-1], "admin"),
    **dict.fromkeys(OPEN.split("\n")[1:-1], None),
}
UNKNOWN = {
    "{card}": "c_nowhere",
    "{subspace}": "coin",
    "{slug}": "nobody",
    "{name:path}": "coin/nobody",
    "{id:path}": "ammo/nobody",
    "{id}": "f_nowhere",
    "{seq}": "987654321",
    "{secret}": "A" * 43,
    "{form}": "rss.xml",
    "{act}": "like",
    "{run}": "nowhere",
}
"""What stands for an id in an address: well formed, and nobody's."""


def mounted() -> set[str]:
    """Return every ``METHOD /path`` of the app as it is built."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    routes.mount(app)
    found: set[str] = set()
    for included in app.routes:
        for route in included.original_router.routes:  # type: ignore[attr-defined]
            found |= {f"{method} {route.path}" for method in route.methods}
    return found


def filled(path: str, **values: str) -> str:
    """Return a path with its parameters filled: with what is nobody's, unless a value is given."""
    for hole, stand_in in UNKNOWN.items():
        name = hole.strip("{}").partition(":")[0]
        path = path.replace(hole, values.get(name, stand_in))
    return path

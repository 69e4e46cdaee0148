"""How an expected error is shown: what failed, why, the way out, where to read more; no traceback."""

from __future__ import annotations

import json
import sys

from ammo_agents.errors import AmmoError


def show(error: AmmoError, *, as_json: bool) -> None:
    """Write the error to stderr; with `as_json` as one object, so that scripts can read it."""
    if as_json:
        body = {"error": {"code": error.code, "message": error.message, "fix": error.hint}}
        sys.stderr.write(json.dumps(body, ensure_ascii=False) + "\n")
        return
    lines = [f"ammo: {error.message}"]
    if error.hint:
        lines.append(f"  fix: {error.hint}")
    lines.append(f"  more: ammo explain {error.code}")
    sys.stderr.write("\n".join(lines) + "\n")

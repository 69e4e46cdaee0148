"""Brings a plugin's code into the process, and takes all of it out again, so that a new version is really new."""

from __future__ import annotations

import contextlib
import importlib
import sys
from pathlib import Path
from types import ModuleType

from ammo_agents.plugins.found import BROUGHT, Found
from ammo_agents.plugins.shadow import CORE


def bring(one: Found) -> ModuleType:
    """Return a plugin's module, imported now; whatever its code raises comes out."""
    if one.place == "home" and one.root is not None and str(one.root) not in sys.path:
        sys.path.append(str(one.root))  # last, so that it hides nothing
        BROUGHT.add(str(one.root))
    return importlib.import_module(one.module)


def purge(one: Found) -> None:
    """Take a plugin's modules out of the process, with their bytecode: an edit within a second is seen too."""
    if one.top == CORE:
        return
    for name, module in list(sys.modules.items()):
        if name == one.top or name.startswith(f"{one.top}."):
            cached = getattr(module, "__cached__", None)
            if isinstance(cached, str):
                with contextlib.suppress(OSError):
                    Path(cached).unlink(missing_ok=True)
            del sys.modules[name]
    if one.place == "home" and str(one.root) in sys.path:
        sys.path.remove(str(one.root))
        BROUGHT.discard(str(one.root))
    importlib.invalidate_caches()

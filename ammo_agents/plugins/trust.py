"""Decides from policy and lock which plugins may be loaded, and says why one may not (S2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ammo_agents.errors import AmmoError, PluginError, TamperedError
from ammo_agents.plugins import lock as locks
from ammo_agents.plugins.found import Found
from ammo_agents.plugins.lock import Lock, Locked
from ammo_agents.plugins.manifest import Capabilities
from ammo_agents.settings import Settings

NAMED = 3
"""Differences that a reason names; it says how many more there are."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What somebody decided about plugins, and what the policy makes of it."""

    settings: Settings
    lock: Lock
    fault: str = ""
    """Why the lock cannot be read: then nothing that needs it is loaded."""

    @classmethod
    def of(cls, settings: Settings) -> Trust:
        """Return what is decided in these settings' lock; a damaged lock decides nothing and says so."""
        try:
            return cls(settings, locks.read(locks.lock_path(settings)))
        except TamperedError as error:
            return cls(settings, Lock(), error.message)

    def judged(self, one: Found) -> Found:
        """Return a plugin with the fault that keeps it from being loaded, if there is one."""
        if one.fault:
            return one
        fault, hint = self._refusal(one)
        return replace(one, fault=fault, hint=hint, withheld=True) if fault else one

    def granted(self, one: Found) -> Capabilities:
        """Return what a plugin may do: what it declares and, where it was looked at, what it was granted then."""
        asked = one.manifest.capabilities if one.manifest else Capabilities()
        known = self.lock.get(one.name)
        if known is not None and known.files:
            asked = known.capabilities
        return replace(asked, network=()) if self.settings.offline else asked

    def _refusal(self, one: Found) -> tuple[str, str]:
        policy = self.settings.plugin_policy
        if policy == "none":
            return "plugin_policy is none: no plugin is loaded", "AMMO_PLUGIN_POLICY=installed"
        known = self.lock.get(one.name)
        if known is not None and not known.enabled:
            return "switched off", f"ammo plugin enable {one.name}"
        if policy == "installed" and one.place != "home":
            return "", ""
        yes = f"Look at it, then say yes to it: ammo plugin trust {one.name}"
        if self.fault:
            return self.fault, locks.WAY_OUT
        if known is None or not known.files:
            return f"not trusted: {locks.FILE} holds no yes to it (plugin_policy is {policy})", yes
        return self._changed(one, known), yes

    def _changed(self, one: Found, known: Locked) -> str:
        if one.root is None:
            return ""
        try:
            found = locks.differences(known, version=one.version, module=one.module, root=one.root)
        except AmmoError as error:
            return error.message
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        return f"changed since it was trusted: {', '.join(found[:NAMED])}{more}" if found else ""


def locked(one: Found, *, origin: str = "environment") -> Locked:
    """Return the entry that says yes to a plugin as it lies there now.

    Raises:
        PluginError: its files cannot be found or read, or its manifest cannot be used.
    """
    if one.root is None or (one.fault and one.manifest is None):
        raise PluginError(
            f"plugin {one.name!r} cannot be trusted: {one.fault or 'it has no files'}",
            hint=one.hint or "Install it again.",
        )
    return Locked(
        name=one.name,
        version=one.version,
        module=one.module,
        files=locks.hashes(one.root),
        capabilities=one.manifest.capabilities if one.manifest else Capabilities(),
        origin=origin,
    )

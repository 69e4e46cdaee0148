"""What is installed, read without importing any of it: manifests, trust by hash, and what keeps a plugin in its place (S2)."""

from ammo_agents.plugins.found import Found
from ammo_agents.plugins.lock import Lock, Locked, lock_path
from ammo_agents.plugins.manifest import API, Capabilities, Manifest

__all__ = ["API", "Capabilities", "Found", "Lock", "Locked", "Manifest", "lock_path"]

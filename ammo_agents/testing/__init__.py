"""Public fakes and contract checks for authors of plugins."""

from ammo_agents.testing.scripted import FixedClock, HashEmbedder, ScriptedModel

__all__ = ["FixedClock", "HashEmbedder", "ScriptedModel"]

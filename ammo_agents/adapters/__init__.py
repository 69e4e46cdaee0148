"""Adapters: what was trained, kept by its hash, and which one a buddy writes with (W18)."""

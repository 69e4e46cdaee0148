"""Prompt texts, shipped with the core. No code lives here."""

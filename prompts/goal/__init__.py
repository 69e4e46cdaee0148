"""Prompt texts of the Goal Buddies. No code lives here."""

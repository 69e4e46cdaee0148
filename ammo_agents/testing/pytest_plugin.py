"""Fixtures for authors of plugins."""

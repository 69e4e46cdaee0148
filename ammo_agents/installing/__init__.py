"""Bringing plugins in and taking them out: the index, wheels and folders, places of their own, upgrade and removal."""

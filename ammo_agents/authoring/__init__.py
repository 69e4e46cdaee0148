"""Subspaces and buddies without code: folders of Markdown and CSV, character cards, templates, and a look before publishing."""

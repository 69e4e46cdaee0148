"""Prompt texts of the User Buddy. No code lives here."""

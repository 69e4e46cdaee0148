"""Channels by the apprise library: one address line each."""

"""Every hosted or self-hosted model by its litellm name."""

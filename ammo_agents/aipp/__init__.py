"""AI Preference Protocol: what a person said, and how it moves the preference."""

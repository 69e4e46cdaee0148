"""The verbs of fine-tuning."""

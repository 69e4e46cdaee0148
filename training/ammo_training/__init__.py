"""Fine-tuning from AiPP feedback: pairs, jobs, reports and adapters (W18)."""

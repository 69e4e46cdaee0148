"""User Buddies: few attention slots, minimal regret, exact reasons."""

"""Goal Buddies: from a shift in a subspace to a grounded creation."""

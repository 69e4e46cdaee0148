"""The Job subspace: occupations, skills and real postings, and how they hang together."""

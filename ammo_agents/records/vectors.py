"""Shapes: the array types that travel in records."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""One row, shape (D,)."""
Matrix = NDArray[np.float32]
"""Rows, shape (n, D)."""
Wide = NDArray[np.float64]
"""float64, where sums matter: preference states, scores."""

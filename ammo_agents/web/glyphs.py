"""A buddy's glyph: three rings around a dot that follow from its id, the same on every machine."""

from __future__ import annotations

import hashlib
import math

from markupsafe import Markup

HUES = 12
"""Colour classes ``hue-0`` to ``hue-11`` of the style sheet."""
RADII = (6.6, 10.8, 15.0)
"""Of the rings, in a view of 36 units."""
STEP = 30
"""Degrees that arcs begin and end at."""


def glyph(name: str, *, size: int = 32) -> Markup:
    """Return an inline SVG: 256 bits of the id's SHA-256 choose colour, dot and arcs; decorative (aria-hidden)."""
    bits = _bits(name)
    opening = Markup(
        '<svg class="glyph hue-{}" width="{}" height="{}" viewBox="-18 -18 36 36" '
        'aria-hidden="true" focusable="false">'
    ).format(hue(name), size, size)
    dot = Markup('<circle r="{:.1f}" fill="currentColor"/>').format(2.2 + 0.5 * (bits[1] % 3))
    rings = [_ring(bits[4 * k + 2 : 4 * k + 6], radius) for k, radius in enumerate(RADII)]
    return opening + Markup("").join(rings) + dot + Markup("</svg>")


def hue(name: str) -> int:
    """Return the number of an id's colour class: 0 to 11."""
    return _bits(name)[0] % HUES


def _bits(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "replace")).digest()


def _ring(bits: bytes, radius: float) -> Markup:
    """Return one ring of one or two arcs; the first spans 60 to 240 degrees."""
    start, span = STEP * (bits[0] % 12), STEP * (2 + bits[1] % 7)
    first = _arc(radius, start, span, width=2.0 + 0.7 * (bits[3] % 3))
    if bits[2] % 2 == 0:
        return first
    left = min(360 - span - 2 * STEP, 60)  # a gap of one step on either side
    return first + _arc(radius, start + span + STEP, left, width=2.0)


def _arc(radius: float, start: int, span: int, *, width: float) -> Markup:
    """Return the arc of a circle around (0, 0), both in degrees."""
    (x1, y1), (x2, y2) = _point(radius, start), _point(radius, start + span)
    path = f"M{x1:.2f} {y1:.2f}A{radius} {radius} 0 {int(span > 180)} 1 {x2:.2f} {y2:.2f}"
    return Markup(
        '<path d="{}" fill="none" stroke="currentColor" stroke-width="{:.1f}" stroke-linecap="round"/>'
    ).format(path, width)


def _point(radius: float, degrees: int) -> tuple[float, float]:
    angle = math.radians(degrees)
    return radius * math.cos(angle), radius * math.sin(angle)

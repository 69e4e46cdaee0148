"""Where a course is to be found: the site that its address belongs to, as people call it."""

from __future__ import annotations

from urllib.parse import urlsplit

SITES = {
    "arxiv.org": "arXiv",
    "coursera.org": "Coursera",
    "courses.cs.washington.edu": "the University of Washington",
    "course.ccs.neu.edu": "Northeastern University",
    "deeplearning.ai": "DeepLearning.AI",
    "edx.org": "edX",
    "fullstackopen.com": "the site of Fullstack Open",
    "gaia.cs.umass.edu": "the University of Massachusetts",
    "github.com": "a course page of OSSU",
    "java-programming.mooc.fi": "MOOC.fi",
    "learn.mongodb.com": "MongoDB University",
    "university.mongodb.com": "MongoDB University",
    "mitxonline.mit.edu": "MITx Online",
    "nptel.ac.in": "NPTEL",
    "ocw.mit.edu": "MIT OpenCourseWare",
    "openlearninglibrary.mit.edu": "the MIT Open Learning Library",
    "overleaf.com": "Overleaf",
    "projects.iq.harvard.edu": "Harvard University",
    "stat110.hsites.harvard.edu": "Harvard University",
    "seas.upenn.edu": "the University of Pennsylvania",
    "udacity.com": "Udacity",
    "youtube.com": "YouTube",
    "modernrobotics.northwestern.edu": "Northwestern University",
}
"""Host (without ``www.`` and ``learning.``) → what people call the site; others are not told."""


def place_of(url: str) -> str:
    """Return the site of an address: ``Coursera``; empty = none that has a name here."""
    host = (urlsplit(url).hostname or "").removeprefix("www.").removeprefix("learning.")
    return SITES.get(host, "")

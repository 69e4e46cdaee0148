"""One function per screen: plain data that HTML, JSON and the terminal all show."""

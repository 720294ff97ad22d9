"""How a phone at work looks on a terminal."""

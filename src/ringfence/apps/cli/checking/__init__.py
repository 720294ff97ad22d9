"""How a checked configuration looks on a terminal."""

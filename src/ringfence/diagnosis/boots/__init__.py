"""A handset from one power-up to the next: its boots, each judged, and what they say together."""

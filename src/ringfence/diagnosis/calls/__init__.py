"""Calls in a capture: who called whom, how it ended, and which media it agreed on."""

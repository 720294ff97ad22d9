"""Frames to verdicts: what each handset did, how far it came, and why it stopped."""

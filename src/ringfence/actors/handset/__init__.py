"""The handset: all its clients in the order of its boot."""

"""A recording that is too long to be judged at once: sorted by handsets, on disk, and judged in parts."""

"""Captures of a whole site: thousands of handsets, many files."""

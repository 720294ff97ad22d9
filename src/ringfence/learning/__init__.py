"""Captures to a site file, with what they cannot show."""

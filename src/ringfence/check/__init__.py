"""A running configuration against the procedure."""

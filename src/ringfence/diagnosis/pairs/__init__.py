"""Two captures, one from each side of a firewall: which packets are the same, and what changed on the way."""

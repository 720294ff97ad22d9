"""How rules get into a configuration that is in place."""

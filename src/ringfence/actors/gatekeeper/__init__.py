"""The gatekeeper: registration, admission, and the calls that it routes."""

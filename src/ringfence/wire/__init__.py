"""Octets to messages and back: no state, sockets or clock."""

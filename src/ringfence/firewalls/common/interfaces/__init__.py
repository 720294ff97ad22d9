"""Interfaces that are made of others: bundles, ports of a switch, and the names that they are typed by."""

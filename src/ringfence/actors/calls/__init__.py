"""Calls on permanent signalling channels: phones that only press keys, and the switch that tells them the
rest.
"""

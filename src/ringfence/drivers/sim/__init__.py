"""The simulated network: every party in one process, in virtual time, the same run for the same seed."""

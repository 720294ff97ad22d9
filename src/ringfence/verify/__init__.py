"""The proofs: run the procedure, take rules away, probe what nothing needs, and say what was seen."""

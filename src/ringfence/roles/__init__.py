"""A site file becomes configured machines on a network; for proofs and for real use alike."""

"""Who a peer is: challenges, password hashes and H.235.1."""

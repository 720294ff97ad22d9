"""The call-signalling channel (H.225.0, Q.931 messages over TPKT)."""

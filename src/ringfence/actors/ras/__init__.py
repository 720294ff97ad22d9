"""The endpoint's side of RAS (H.225.0 clause 7): discovery, registration, keep-alive."""

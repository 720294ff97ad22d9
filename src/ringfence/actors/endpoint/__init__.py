"""An H.323 endpoint: calls, and H.245 within them."""

"""What `prove` shows: a proof on the screen, and the text of a firewall that was read back."""

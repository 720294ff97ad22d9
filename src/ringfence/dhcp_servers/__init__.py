"""What a site asks of the reader's own DHCP servers and relay agents, and the text for each kind of them."""

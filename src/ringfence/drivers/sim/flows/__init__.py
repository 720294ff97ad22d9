"""A network of flows: datagrams and streams delivered whole, without frames, ARP or TCP segments."""

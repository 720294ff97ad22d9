"""ringfence: exactly the firewall rules that H.323 handsets need, proved."""

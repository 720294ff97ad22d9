"""ringfence: exactly the firewall rules that H.323 handsets need, proved."""

__version__ = "0.1.0"

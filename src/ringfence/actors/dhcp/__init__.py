"""DHCP client, relay agent and server (RFC 2131, RFC 1542, RFC 3046)."""

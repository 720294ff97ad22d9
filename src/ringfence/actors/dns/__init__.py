"""Names of servers: who asks for their addresses, and who answers."""

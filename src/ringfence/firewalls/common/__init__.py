"""What the writers and readers of several firewalls share."""

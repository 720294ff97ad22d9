"""One file per firewall: the rules in its own syntax, with the commands to apply, verify and take back."""

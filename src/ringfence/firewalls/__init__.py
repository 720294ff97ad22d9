"""One folder for each firewall: its rules written and read, and what it does. `table` has all of them."""

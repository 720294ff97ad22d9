"""A whole site in virtual time: thousands of phones, servers with a capacity, bad cables, failures."""

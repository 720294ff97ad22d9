"""What `serve` is made of: the roles of a site, their state and users, and the lines it logs."""

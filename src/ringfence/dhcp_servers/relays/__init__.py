"""Lines for the routers and switches whose relay agents ask a site's DHCP servers."""

"""File client and file server: upgrade and settings files over HTTP or HTTPS."""

"""Parts of a site that need nothing else of it."""

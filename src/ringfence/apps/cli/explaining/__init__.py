"""What `ringfence explain` is made of: reading, following, many files, and what is shown."""

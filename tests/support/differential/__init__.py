"""Random rule sets in the kernel against the word of `ringfence check`."""

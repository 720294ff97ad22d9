"""What the front ends of Linux netfilter have in common."""

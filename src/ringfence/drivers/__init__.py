"""What runs the machines: `aio` on real sockets, `sim` in virtual time. Neither knows the other."""

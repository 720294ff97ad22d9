"""One machine on real sockets: `Host` performs its commands and delivers its events on an asyncio loop.

`host` is the whole surface; `datagrams`, `streams` (of `connection`s), `echo` and `link` each own one kind of
socket; `linux` holds what Python's socket module does not name. The loop is used for readiness, `time()` and
`call_at` only, so that a loop with another clock works. IPv4 only, as the procedure is.
"""

from ringfence.drivers.aio.host import Host, NetworkControl
from ringfence.drivers.aio.linux import SocketFactory

__all__ = ["Host", "NetworkControl", "SocketFactory"]

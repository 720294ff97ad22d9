"""The tag that says in our texts for clouds what a group or a list of rules is attached to."""

from ipaddress import ip_network

from ringfence.model.address import Network

# Its value: networks, separated by blanks, which a tag may hold.
ATTACHED = "AttachTo"


def attached_networks(value: object) -> tuple[Network, ...]:
    """The networks that the tag's value names; none for a tag of somebody else's."""
    try:
        return tuple(ip_network(word) for word in value.split()) if isinstance(value, str) else ()
    except ValueError:
        return ()

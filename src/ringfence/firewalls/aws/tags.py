"""The tag that says in our texts what a security group or a network ACL is attached to."""

# Its value: networks, separated by blanks, which a tag may hold.
ATTACHED = "AttachTo"

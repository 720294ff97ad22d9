"""What machines ask to have kept, on disk: `database` has the rows, `group` commits them in groups."""

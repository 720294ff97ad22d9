"""What verbs read from files, and write into new ones."""

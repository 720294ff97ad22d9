"""Entries of extended access lists, which two families of device write nearly alike."""

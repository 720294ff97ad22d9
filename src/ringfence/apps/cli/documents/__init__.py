"""The JSON documents that verbs print, and the schemas of them."""

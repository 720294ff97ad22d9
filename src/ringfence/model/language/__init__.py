"""The site language: text to a `Site`. `model.site_file` is the entrance."""

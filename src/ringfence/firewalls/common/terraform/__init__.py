"""Terraform: its language, its plans as JSON, and the commands around a file of it."""

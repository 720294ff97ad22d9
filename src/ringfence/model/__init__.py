"""The vocabulary every other part speaks; imports nothing of ours."""

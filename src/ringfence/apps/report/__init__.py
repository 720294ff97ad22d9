"""What a person is shown: values for screen, JSON and tables, and one HTML page that needs nothing else."""

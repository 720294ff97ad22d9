"""What the measurements are made on."""

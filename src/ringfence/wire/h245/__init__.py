"""H.245: control of media channels, one class for each SEQUENCE, in the standard's own names."""

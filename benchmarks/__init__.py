"""The figures that the project claims; each module prints its table."""

"""Two engines for one model."""

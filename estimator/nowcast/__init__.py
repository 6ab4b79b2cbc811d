"""Deaths to date, from published estimates, the named list and courts."""

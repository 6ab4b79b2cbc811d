"""Published estimators, as printed: what ours is compared with."""

"""Deaths by sex, age and year: the vital-registration route."""

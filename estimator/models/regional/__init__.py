"""Deaths by sex, age, year and region: all regions at once, around the nation."""

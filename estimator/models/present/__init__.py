"""War dead up to a day, from statements that are revised: data as arrays, priors, and the density."""

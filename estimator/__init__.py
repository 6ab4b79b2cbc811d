"""Bayesian estimates of a war's hidden dead from public records, against the documented minimum."""

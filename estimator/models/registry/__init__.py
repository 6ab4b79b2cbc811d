"""Inheritance cases by period of death and delay: the registry route."""

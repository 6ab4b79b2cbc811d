"""Registries and wars whose truth is known."""

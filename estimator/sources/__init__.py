"""Real sources: raw file to domain object, one module each."""

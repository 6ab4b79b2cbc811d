"""Pages to read and send on."""

"""Models: components that are equations, assembled into frozen specifications."""

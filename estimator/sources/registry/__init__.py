"""Records of the inheritance registry, from files to a reporting triangle."""

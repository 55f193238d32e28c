"""Hashkeep: the composition root (command line, settings, doctor, logging)."""

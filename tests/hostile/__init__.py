"""Attacks on our own captures: hostile pages and servers, what must happen, and canaries that nothing may touch.

Everything listens on loopback or in a network namespace that a test makes. `cases_*.py` are the table, a row an attack;
`lane.py` runs a row and looks at what is left afterwards.
"""

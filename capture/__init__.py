"""A URL in, artifacts out; knows no chat and, jobs.py aside, no database."""

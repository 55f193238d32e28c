"""Telegram, and nothing else."""

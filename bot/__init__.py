"""Telegram, and nothing else."""

import os

# python-telegram-bot gives spans of time as timedelta only when asked to, and warns about plain seconds.
os.environ.setdefault("PTB_TIMEDELTA", "true")

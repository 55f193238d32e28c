"""`python -m tests.quick_product run`: Hashkeep as it is, but it does not keep to what Telegram lets a chat be told,
and soon asks whether updates are still brought to its webhook.

The playground has no such limits, and a test that speaks much in one group would mostly wait.
"""

from __future__ import annotations

from bot import ratelimit, webhook
from hashkeep import cli

QUICK_S = 0.02
"""Between two messages to a chat that has had many at once."""

if __name__ == "__main__":
    ratelimit.PERSON_EVERY_S = ratelimit.GROUP_EVERY_S = QUICK_S
    webhook.LOOK_S = 1.0
    cli.main()

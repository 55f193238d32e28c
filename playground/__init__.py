"""A strict Bot API server with a chat page, to try Hashkeep without a token."""

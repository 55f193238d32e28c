"""What the Bot API answers when it refuses."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal with the server's status and text, e.g. 400 "Bad Request: chat not found"."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def answer(self) -> dict[str, Any]:
        """The JSON body."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(text: str, **parameters: Any) -> ApiError:
    """400 with the text behind "Bad Request: "."""
    return ApiError(400, f"Bad Request: {text}", **parameters)


def forbidden(text: str) -> ApiError:
    """403 with the text behind "Forbidden: "."""
    return ApiError(403, f"Forbidden: {text}")


class DropConnection(Exception):
    """The connection is to be cut without an answer: a fault on demand."""

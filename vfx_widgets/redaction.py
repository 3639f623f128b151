"""Removal of secrets from text: bearer tokens, and the queries of signed URLs."""

from __future__ import annotations

import re

_URL_WITH_QUERY = re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]+")
_SECRETS = re.compile(r"ya29\.[\w.-]+|(?i:bearer)\s+[\w.~+/=-]{8,}|(?i:signature)=[^\s&\"'<>]+")


def hide_secrets(text: str) -> str:
    """Return a text in which ``[hidden]`` replaces tokens and signed queries. Slow on very long text."""
    return _SECRETS.sub("[hidden]", _URL_WITH_QUERY.sub(r"\1?[hidden]", text))

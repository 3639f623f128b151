"""Types in JSDoc comments, read as far as the package's scripts use them."""

from __future__ import annotations

import re
from typing import NamedTuple

_TYPEDEF = re.compile(r"@typedef\s*(?=\{)")
_TOKEN = re.compile(r'"[^"]*"|[A-Za-z_]\w*|\[\]|[{}()<>|,:?]')


class Field(NamedTuple):
    """A property of an object type."""

    type: str
    is_optional: bool


def read_typedefs(script: str) -> dict[str, str]:
    """Return the types that a script defines with ``@typedef``, by name, as they are written."""
    comments = re.sub(r"^\s*\*(?!/)", "", script, flags=re.MULTILINE)
    typedefs = {}
    for match in _TYPEDEF.finditer(comments):
        start = end = match.end()
        depth = 0
        while depth or end == start:
            depth += {"{": 1, "}": -1}.get(comments[end], 0)
            end += 1
        name = re.match(r"\s*(\w+)", comments[end:])
        assert name is not None
        typedefs[name[1]] = comments[start + 1 : end - 1].strip()
    return typedefs


def parse_object(type: str) -> dict[str, Field]:
    """Return the fields of an object type."""
    return _Parser(type).object()


def parse_type(type: str) -> str:
    """Return a type without blanks, and with the members of unions sorted."""
    return _Parser(type).type()


def union(members: list[str]) -> str:
    """Return a union type."""
    return "|".join(sorted(members))


def array(item: str) -> str:
    """Return the type of an array."""
    return f"({item})[]" if "|" in item else f"{item}[]"


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)

    def object(self) -> dict[str, Field]:
        fields = {}
        self._take("{")
        while self._peek() != "}":
            name = self._take()
            is_optional = self._skip("?")
            self._take(":")
            fields[name] = Field(self.type(), is_optional)
            self._skip(",")
        self._take("}")
        return fields

    def type(self) -> str:
        self._skip("|")
        members = [self._member()]
        while self._skip("|"):
            members.append(self._member())
        return union(members)

    def _member(self) -> str:
        if self._peek() == "{":
            type = repr(self.object())
        elif self._skip("("):
            type = self.type()
            self._take(")")
        else:
            type = self._take()
            if self._skip("<"):
                arguments = [self.type()]
                while self._skip(","):
                    arguments.append(self.type())
                self._take(">")
                type = f"{type}<{','.join(arguments)}>"
        while self._skip("[]"):
            type = array(type)
        return type

    def _peek(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _skip(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._take()
        return True

    def _take(self, expected: str = "") -> str:
        token: str = self._tokens.pop(0)
        assert expected in ("", token), f"expected {expected!r}, got {token!r}"
        return token

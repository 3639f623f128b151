"""A fault, and the language in which it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ...errors import InputError
from .catalog import ANY_CALL, CATALOG, FaultSpec, Parse, choice, count

ALWAYS = "always"


@dataclass(frozen=True)
class Fault:
    """A fault to inject. Use `parse` to create one.

    Args:
        name: The name in the catalog.
        calls: The calls that it affects.
        clip: The media ID or the number of the clip that it affects, or None for any clip.
        times: How often it fires; None for always.
        after: How many matching calls succeed first.
        options: The fault's own options.

    Example:
        >>> from vfx_widgets.sandbox import Fault
        >>> fault = Fault.parse("503 call=status times=2")
        >>> fault.name, fault.calls, fault.times
        ('503', frozenset({'status'}), 2)
    """

    name: str
    calls: frozenset[str]
    clip: str | None = None
    times: int | None = 1
    after: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> FaultSpec:
        """The catalog's entry."""
        return CATALOG[self.name]

    @classmethod
    def parse(cls, line: str) -> Fault:
        """Parse a line such as ``"503 call=status times=2"``.

        Args:
            line: The name of a fault, and options.

        Returns:
            The fault.

        Raises:
            InputError: The name, an option or a value is unknown.
        """
        name, *words = line.split() or [""]
        spec = CATALOG.get(name)
        if spec is None:
            raise _unknown("fault", name, CATALOG)
        parsers: dict[str, Parse] = {
            "call": choice("any", *sorted(ANY_CALL)),
            "clip": str,
            "times": lambda value: None if value == ALWAYS else count(value),
            "after": count,
            **{key: option.parse for key, option in spec.options.items()},
        }
        given: dict[str, Any] = {}
        for word in words:
            key, _, value = word.partition("=")
            if key not in parsers:
                raise _unknown(f"option of {name}", key, parsers)
            try:
                given[key] = parsers[key](value)
            except ValueError as error:
                raise InputError(f"In the fault {line!r}: {key}= takes {error}, not {value!r}.") from None
        calls = spec.calls
        if "call" in given:
            calls = spec.allowed & (ANY_CALL if given["call"] == "any" else {given["call"]})
            if not calls:
                raise InputError(
                    f"The fault {name} cannot affect a {given['call']}.",
                    hint=f"It can affect: {', '.join(sorted(spec.allowed))}.",
                )
        return cls(
            name,
            calls,
            clip=given.get("clip"),
            times=given.get("times", spec.times),
            after=given.get("after", 0),
            options={key: given.get(key, option.default) for key, option in spec.options.items()},
        )


def _unknown(kind: str, name: str, known: Mapping[str, Any]) -> InputError:
    close = get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."
    return InputError(f"There is no {kind} named {name!r}.", hint=hint)

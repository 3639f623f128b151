"""Faults on demand: a line of text says what goes wrong, for which call or clip, and how often.

For example::

    sandbox.faults.add("503 call=status times=2")
    sandbox.faults.add("no-url times=3 clip=1")
    vfx-widgets sandbox --fault "token-expired call=status after=2"

A line is a fault's name, then any of these:

=============  =========================================================================================
``call=``      ``submit``, ``status``, ``download``, ``poster`` or ``any``. The default is in the tables.
``clip=``      Only where this clip is concerned: its media ID, or its number in ``media_ids``, from 1.
``times=``     How often it fires: a number (1), or ``always``. An item fault fires once for each item.
``after=``     How many calls (items) that it fits go well first (0).
=============  =========================================================================================

A call meets one fault of the first three tables at most, in the order they were added; where there is none, each of
its items may meet one of the last.

Answers instead of the call's own. With ``ran=yes`` the call is carried out all the same, and only its answer is lost.

================  ==========  =============================================================================
``400``           any call    INVALID_ARGUMENT, as after a change of the contract
``403-captcha``   submit      PERMISSION_DENIED, "reCAPTCHA evaluation failed"
``403-plan``      submit      PERMISSION_DENIED, MODEL_ACCESS_DENIED. ``reason=``
``404``           any call    NOT_FOUND
``429-throttle``  any call    RESOURCE_EXHAUSTED, USER_REQUESTS_THROTTLED. ``reason=``, ``retry-after=`` (s)
``429-quota``     submit      RESOURCE_EXHAUSTED, PER_MODEL_DAILY_QUOTA_REACHED. ``reason=``
``500``           any call    INTERNAL. ``as=`` ``json`` or ``html``
``502``           any call    UNAVAILABLE. ``as=``
``503``           any call    UNAVAILABLE. ``as=``
``504``           any call    DEADLINE_EXCEEDED. ``as=``
``url-expired``   download    400, XML ``ExpiredToken``
``url-altered``   download    403, XML ``SignatureDoesNotMatch``
``gone``          download    404, XML ``NoSuchKey``
``not-a-video``   download    200, and a page of HTML
================  ==========  =============================================================================

Changes of the server, and of whole replies.

===================  ========  ============================================================================
``token-expired``    status    The token expires: 401 until the new one of ``sandbox.token`` is used
``clock``            any call  From now on the server's clock is ahead by ``seconds=`` (82)
``malformed-json``   status    The reply is cut off in the middle of its JSON
``empty-reply``      status    The reply is ``{}``
``out-of-order``     status    The items come in reverse
``media-shape``      status    The reply has the form of 2026: ``media[]`` instead of ``operations[]``
===================  ========  ============================================================================

On the wire, as seen by the socket. ``ran=yes`` as above, for the first two.

===================  ========  ============================================================================
``reset``            any call  The connection is reset before any reply
``hung``             any call  No reply, for ``seconds=``, or until the client leaves
``reset-mid-body``   any call  The connection is reset after half of the reply
``refused``          any call  After this call the port is closed for ``seconds=`` (2): connection refused
``truncated``        download  The connection ends after half of what ``content-length`` promised
``wrong-length``     download  ``content-length`` is off ``by=`` (1000) bytes; if less, the file is cut to fit
``slow``             download  No more than ``rate=`` (100000) bytes a second
===================  ========  ============================================================================

Items of a status reply.

========================  =================================================================================
``failed``                The operation fails. ``reason=`` (UNSAFE_GENERATION), ``code=`` (3)
``failed-without-error``  The operation fails, and nobody says why
``canceled``              The operation is CANCELED
``forgotten``             The operation is unknown from now on
``stuck-active``          ACTIVE, whatever has come of it. ``times=`` is ``always``
``unknown-status``        A status nobody knows: ``status=`` (POLISHING)
``item-missing``          The item is not in the list
``item-empty``            The item is ``{}``
``no-url``                SUCCESSFUL, and the URL is ``url=`` ``missing`` or ``empty``
``raw-bytes``             SUCCESSFUL, with the video in the reply instead of a URL
========================  =================================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ...errors import InputError
from .catalog import ANY_CALL, KINDS, Kind, count, text, word

ALWAYS = "always"


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong.

    Args:
        name: What goes wrong: a name of the tables above.
        calls: The calls it strikes.
        clip: The media ID or number of the clip it strikes, or None for any.
        times: How often it fires; None for always.
        after: How many calls that it fits go well first.
        options: What the name needs besides.

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
    def kind(self) -> Kind:
        """What the name stands for."""
        return KINDS[self.name]

    @classmethod
    def parse(cls, line: str) -> Fault:
        """Read a line such as ``"503 call=status times=2"``.

        Args:
            line: A fault's name, and its options.

        Returns:
            The fault.

        Raises:
            InputError: A word of it is not known; the nearest one that is comes with it.
        """
        name, *words = line.split() or [""]
        kind = KINDS.get(name)
        if kind is None:
            raise _unknown("fault", name, KINDS)
        known: dict[str, Callable[[str], Any]] = {
            "call": word("any", *sorted(ANY_CALL)),
            "clip": text,
            "times": lambda value: None if value == ALWAYS else count(value),
            "after": count,
            **{option: read for option, (read, _) in kind.options.items()},
        }
        given: dict[str, Any] = {}
        for pair in words:
            key, _, value = pair.partition("=")
            if key not in known:
                raise _unknown(f"option of {name}", key, known)
            try:
                given[key] = known[key](value)
            except ValueError as error:
                raise InputError(f"In the fault {line!r}: {key}= takes {error}, not {value!r}.") from None
        calls = kind.calls
        if "call" in given:
            calls = kind.allowed & (ANY_CALL if given["call"] == "any" else {given["call"]})
            if not calls:
                raise InputError(
                    f"The fault {name} does not happen to a {given['call']}.",
                    hint=f"It happens to: {', '.join(sorted(kind.allowed))}.",
                )
        return cls(
            name,
            calls,
            clip=given.get("clip"),
            times=given.get("times", kind.times),
            after=given.get("after", 0),
            options={option: given.get(option, default) for option, (_, default) in kind.options.items()},
        )


def _unknown(what: str, name: str, known: Mapping[str, Any]) -> InputError:
    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
    return InputError(f"There is no {what} named {name!r}.", hint=hint)

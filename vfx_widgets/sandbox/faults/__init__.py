"""Fault injection: a line of text names what goes wrong, for which call or clip, and how often.

For example::

    sandbox.faults.add("503 call=status times=2")
    sandbox.faults.add("no-url times=3 clip=1")
    vfx-widgets sandbox --fault "token-expired call=status after=2"

A line is the name of a fault, followed by any of these options:

=============  =========================================================================================
``call=``      ``submit``, ``status``, ``download``, ``poster`` or ``any``. The tables have the default.
``clip=``      Only for this clip: its media ID, or its number in ``sandbox.media_ids``, from 1.
``times=``     How often the fault fires: a number (1), or ``always``. Faults of items count items.
``after=``     How many matching calls (items) succeed first (0).
=============  =========================================================================================

The tables have each fault with the calls that it affects by default, and its own options with their defaults. A call is
affected by at most one fault, in the order in which faults were added. Only if there is none, each item of a status
reply may be affected by one fault of the last table.
"""

from .catalog import fault_tables
from .fault import Fault
from .queue import Faults

__all__ = ["Fault", "Faults"]

__doc__ = f"{__doc__}\n{fault_tables()}"

"""Fault injection: a line of text names what goes wrong, for which call or clip, and how often.

For example::

    sandbox.faults.add("503 call=status times=2")
    sandbox.faults.add("no-url times=3 clip=1")
    vfx-widgets sandbox --fault "token-expired call=status after=2"

A line is the name of a fault, followed by any of these options:

=============  =========================================================================================
``call=``      ``submit``, ``status``, ``download``, ``poster`` or ``any``. The default is in the tables.
``clip=``      Only for this clip: its media ID, or its number in ``sandbox.media_ids``, from 1.
``times=``     How often the fault fires: a number (1), or ``always``. Faults of items count items.
``after=``     How many matching calls (items) succeed first (0).
=============  =========================================================================================

The tables list all faults, with the calls that each affects by default, and its own options with their defaults in
parentheses. At most one fault affects a call; of several that match, the one that was added first. If no fault affects
a status call, each item of its reply can be affected by one fault of the last table.
"""

from .catalog import fault_tables
from .fault import Fault
from .queue import Faults

__all__ = ["Fault", "Faults"]

__doc__ = f"{__doc__}\n{fault_tables()}"

"""The Sphinx directive ``command``: shows the ``--help`` text of a command."""

from __future__ import annotations

import contextlib
import io
import os
from typing import ClassVar
from unittest.mock import patch

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx

from vfx_widgets.cli import main


class Command(Directive):
    """Shows the help text of the command in its argument."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        """Return the help text as a literal block."""
        _, *arguments = self.arguments[0].split()
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit), patch.dict(os.environ, TERMINAL):
            main([*arguments, "--help"])
        return [nodes.literal_block(output.getvalue(), output.getvalue(), language="text")]


TERMINAL = {"COLUMNS": "84", "NO_COLOR": "1"}


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("command", Command)
    return {"parallel_read_safe": True}

"""The directive ``command``: what a command of vfx-widgets says to ``--help``."""

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
    """Shows the help of the command that is its argument."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        """Ask the command."""
        _, *words = self.arguments[0].split()
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit), patch.dict(os.environ, WIDE):
            main([*words, "--help"])
        return [nodes.literal_block(said.getvalue(), said.getvalue(), language="text")]


WIDE = {"COLUMNS": "84", "NO_COLOR": "1"}


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive known to Sphinx."""
    app.add_directive("command", Command)
    return {"parallel_read_safe": True}

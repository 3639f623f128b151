"""A marimo server with one app, for the tests."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.support.jupyter_server import JupyterServer, free_port


class MarimoServer(JupyterServer):
    """Runs ``marimo run`` in its own directories, as `JupyterServer` runs Jupyter.

    Args:
        home: A directory that does not exist or is empty.
        app: The source of the app.
    """

    address = re.compile(r"URL: http://(?:127\.0\.0\.1|localhost):(\d+)")

    def __init__(self, home: Path, app: str) -> None:
        super().__init__(home)
        self._app = app

    @property
    def app_url(self) -> str:
        """URL of the app's page."""
        return f"http://127.0.0.1:{self.port}/"

    def _command(self) -> list[str]:
        file = self.root / "app.py"
        file.write_text(self._app, encoding="utf-8")
        options = ("--headless", "--no-token", "--host", "127.0.0.1", "--port", str(free_port()))
        return [sys.executable, "-m", "marimo", "run", str(file), *options]

"""The sandbox as a command-line program."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from vfx_widgets.sandbox import bundled_media_ids

SERVE = """
from vfx_widgets.sandbox.command import run_forever
run_forever(0, ["404 call=submit"], echo=lambda line: print(line, flush=True))
print("ended")
"""
SUBMIT = """
import sys, urllib.error, urllib.request
url = sys.argv[1] + "/v1/video:batchAsyncGenerateVideoUpsampleVideo"
headers = {"authorization": f"Bearer {sys.argv[2]}", "content-type": "text/plain"}
try:
    urllib.request.urlopen(urllib.request.Request(url, b'{"requests":[]}', headers))
except urllib.error.HTTPError as error:
    print(error.code)
    error.close()
"""


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_how_to_connect_and_serves_until_interrupted(
    interrupt: signal.Signals, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", SERVE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"TMPDIR": str(tmp_path)},
    )
    with process:
        assert process.stdout is not None
        output = ""
        while bundled_media_ids()[-1] not in output:
            output += process.stdout.readline()
        base_url, token = re.findall(r'service="(http://[\d.:]+)", token="(\S+)"', output)[0]
        assert all(media_id in output for media_id in bundled_media_ids())
        submit = [sys.executable, "-c", SUBMIT, base_url, token]
        reply = subprocess.run(submit, capture_output=True, text=True, check=True)
        assert reply.stdout.strip() == "404", "the fault is injected"
        process.send_signal(interrupt)
        rest, stderr = process.communicate(timeout=30)
    assert (rest, stderr, process.returncode) == ("ended\n", "", 0)
    assert list(tmp_path.iterdir()) == []

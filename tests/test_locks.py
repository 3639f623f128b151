"""Locks of a process that is forked while another thread holds them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_uses_faults_requests_and_clips_whatever_the_parent_was_doing() -> None:
    code = """
import os, signal
from vfx_widgets import Sandbox
sandbox = Sandbox()
with sandbox.faults._lock, sandbox._log._lock, sandbox._clips._lock:
    child = os.fork()
    if not child:
        signal.alarm(20)
        sandbox.faults.clear()
        os._exit(len(sandbox.requests) + len(sandbox.media_ids))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("3\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_upsamples_whatever_locks_of_jobs_the_parent_held() -> None:
    code = """
import os, signal, warnings
import vfx_widgets as vfx
from vfx_widgets.jobs import background, journal_thread
from vfx_widgets.jobs.session import shared_sandbox
warnings.simplefilter("ignore")  # of a fork beside other threads
up = vfx.Upsampler(service="sandbox")
background.background()
with background._lock, journal_thread._lock, shared_sandbox._lock, up._store._lock, up._manager._lock:
    child = os.fork()
    if not child:
        signal.alarm(15)
        video = up.submit(up.sample_media_ids[0], method="lanczos").result(12)
        os._exit(0 if video.height == 1080 else 1)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100)
    assert done.stdout == "0\n", done.stderr

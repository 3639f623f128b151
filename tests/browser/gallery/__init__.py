"""The panel in each of its states, without a kernel: to look at, to photograph, and to test.

``python -m tests.browser.gallery`` serves it; with ``--screenshots DIRECTORY`` it photographs every state instead.
"""

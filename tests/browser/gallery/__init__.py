"""Each widget alone, in each of its states, without a kernel: to look at, to photograph, and to test.

``python -m tests.browser.gallery`` serves it; with ``--pictures FOLDER`` it photographs every state instead.
"""

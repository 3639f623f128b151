"""The player: the result beside its source clip, and streaming of files to the page."""

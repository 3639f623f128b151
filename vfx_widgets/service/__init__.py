"""Talking to the service and to its storage. Knows no jobs and no widgets."""

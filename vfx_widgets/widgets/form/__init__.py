"""The form: validation, uploads, and what its messages do."""

"""What outlives a request: jobs, and the files that come of them. Knows no widgets."""

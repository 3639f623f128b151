"""The job table: rows, the summary above them, and throttled sending."""

"""Jobs: submit clips, poll their operations, download the results, and resume after a restart. Imports no widgets."""

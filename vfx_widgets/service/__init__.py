"""HTTP access to the service and its storage. Knows neither jobs nor widgets."""

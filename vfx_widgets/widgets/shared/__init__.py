"""Parts that the form, the table and the player share."""

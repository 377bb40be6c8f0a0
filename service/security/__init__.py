"""Identity and the one policy function that says who may do and see what."""

"""What partners take with them: files of the public lists, a calendar."""

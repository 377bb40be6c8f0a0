"""Read models: one pure definition each, driven inline, by a rebuild, or as of a position."""

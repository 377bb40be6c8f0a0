"""What an auditor checks of a log without asking its service: signatures, tree, every entry."""

"""Reminders by mail: who is told, by an address that can be forgotten, that a last day comes."""

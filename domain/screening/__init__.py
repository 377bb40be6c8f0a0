"""Screening of free text for data about survivors and clients."""

"""Audits of a log from outside: where its files are read from, and what an auditor keeps."""

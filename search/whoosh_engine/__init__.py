"""The embedded engine: an index in a folder, kept by Whoosh 2.7.4, read by this package.

Whoosh stores terms, postings and columns, and commits them atomically. Reading is done here, because what we look for is a
question with all its answers, not a document: a question may have one word and its answer the other.
"""

from search.whoosh_engine.engine import WhooshEngine

__all__ = ["WhooshEngine"]

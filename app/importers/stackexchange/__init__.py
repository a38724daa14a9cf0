"""Stack Exchange data dumps: read (`rows`, `values`), laid out on disk (`stage`, `load`, `check`), published thread by thread.

The way of a dump: every file is read once, as a stream, into a scratch database beside the data; what refers to nothing is weeded
out there and points are worked out; then people, tags and whole questions with everything under them are written, each batch in
one transaction together with its `imported_rows`. So a kill leaves whole questions or none, and the next run goes on from there.
"""

"""How fast it is, measured against a bare server in the same run. Each module has a command; `make bench` runs the main ones."""

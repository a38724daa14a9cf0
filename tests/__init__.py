"""The tests: a file per act, helpers beside them. `make test` runs them all."""

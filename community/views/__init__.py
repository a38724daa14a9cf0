"""The pages and forms: they translate between HTTP and the verbs, nothing else."""

from flask import Blueprint

blueprints: tuple[Blueprint, ...] = ()
"""What the factory registers."""

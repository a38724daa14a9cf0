"""The pages and forms: they translate between HTTP and the verbs, nothing else."""

from flask import Blueprint

from community.views import (
    answers,
    calculator,
    comments,
    decisions,
    front,
    health,
    help,
    inbox,
    interest,
    moderation,
    people,
    preview,
    questions,
    releases,
    review,
    revisions,
    signals,
    site,
    tags,
    verifications,
    votes,
)

blueprints: tuple[Blueprint, ...] = (
    front.blueprint,
    questions.blueprint,
    answers.blueprint,
    comments.blueprint,
    votes.blueprint,
    signals.blueprint,
    tags.blueprint,
    people.blueprint,
    inbox.blueprint,
    help.blueprint,
    site.blueprint,
    verifications.blueprint,
    interest.blueprint,
    decisions.blueprint,
    moderation.blueprint,
    calculator.blueprint,
    releases.blueprint,
    review.blueprint,
    health.blueprint,
    revisions.blueprint,
    preview.blueprint,
)
"""What the factory registers."""

"""Who listens to what, and what runs when: all of it on this page."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from app import mail
from app.accounts import passwords, upkeep
from app.outbox import Handler
from app.schedule import Job
from community.badges import handlers as badges
from community.boards import active
from community.boards import handlers as boards
from community.expertise import activity, lapsing, suggesting
from community.fairness import handlers as fairness
from community.fairness import night as fairness_night
from community.freshness import arms, bulk, digest, escalation, impact, learning, links, night, releases, sweep
from community.freshness import handlers as freshness
from community.freshness.simulation import handlers as calculator
from community.moderation import tag_merge
from community.notifications import handlers as tell
from community.notifications import reminders
from community.rewards import tending
from reputation.rewards import closing
from search import indexer
from search.deflection import settle
from search.duplicates import finding
from search.duplicates import handlers as duplicates
from search.saved import news, telling
from search.semantic import keeper
from search.spelling import keeper as words
from search.suggest import keeper as titles

LINKS = Handler("links", links.answers_changed, batch=50)

AFTER_COMMIT: Mapping[str, Sequence[Handler]] = {
    "question.asked": (),
    "question.changed": (
        Handler("active points", boards.questions_changed, batch=100),
        Handler("badges", badges.question_changed, batch=100),
        Handler("search", indexer.index_questions, batch=100),
        Handler("words", words.changed, batch=100),
        Handler("saved searches", news.look, batch=100),
        Handler("titles", titles.titles_changed, batch=100),
        Handler("duplicates", duplicates.questions_changed, batch=20),
    ),
    "question.closed": (Handler("inbox", tell.closed),),
    "question.seen": (Handler("inbox", tell.seen),),
    "answer.posted": (
        LINKS,
        Handler("expertise", activity.answered),
        Handler("inbox", tell.answered),
    ),
    "answer.edited": (LINKS,),
    "answer.accepted": (
        Handler("badges", badges.answer_accepted, batch=50),
        Handler("inbox", tell.accepted),
    ),
    "answer.verified": (
        LINKS,
        Handler("badges", badges.answer_verified, batch=50),
        Handler("expertise", activity.verified),
        Handler("inbox", tell.verified),
    ),
    "answer.due": (Handler("inbox", tell.due),),
    "answer.escalated": (Handler("inbox", tell.escalated),),
    "answer.expired": (Handler("inbox", tell.expired),),
    "answer.archived": (Handler("inbox", tell.archived),),
    "comment.posted": (Handler("inbox", tell.commented),),
    "person.renamed": (Handler("search", indexer.person_renamed),),
    "person.mentioned": (Handler("inbox", tell.mentioned),),
    "person.suspended": (Handler("inbox", tell.suspended),),
    "post.removed": (Handler("inbox", tell.removed),),
    "edit.suggested": (Handler("inbox", tell.edit_suggested),),
    "edit.decided": (Handler("inbox", tell.edit_decided),),
    "expertise.granted": (Handler("inbox", tell.trusted),),
    "finding.reversed": (
        Handler("inbox", fairness.reversed_),
        Handler("badges", badges.finding_decided),
    ),
    "finding.answered": (
        Handler("inbox", fairness.answered),
        Handler("badges", badges.finding_decided),
    ),
    "checks.judged": (Handler("inbox", fairness.checks),),
    "tag.policy_changed": (Handler("answers follow", freshness.policy_changed),),
    "simulation.asked": (Handler("calculator", calculator.compute_asked),),
    "accounts.reset": (Handler("reset link", passwords.send_reset_links),),
    "mail.send": (Handler("mail", mail.deliver),),
}
"""Topic → who is told. An empty tuple: emitted for whoever will need it, nobody does yet."""

EVERY: Mapping[str, Job] = {
    "sweep": Job(timedelta(minutes=1), sweep.sweep),
    "night": Job(timedelta(seconds=10), night.run_slice),
    "fairness": Job(timedelta(seconds=20), fairness_night.run_slice),
    "end-arms": Job(timedelta(minutes=10), arms.end_due),
    "merge-tags": Job(timedelta(minutes=10), tag_merge.go_on),
    "learn-rates": Job(learning.EVERY, learning.learn),
    "releases": Job(timedelta(minutes=1), releases.apply_due),
    "count-release-checks": Job(timedelta(minutes=10), impact.recount),
    "bulk": Job(timedelta(minutes=1), bulk.go_on),
    "escalate": Job(timedelta(days=1), escalation.escalate),
    "digests": Job(timedelta(hours=1), digest.send),
    "check-links": Job(timedelta(minutes=1), links.check_links),
    "suggest-experts": Job(timedelta(days=1), suggesting.suggest),
    "expertise-notices": Job(timedelta(days=1), lapsing.give_notice),
    "remind-askers": Job(timedelta(hours=1), reminders.remind_askers),
    "search-index": Job(timedelta(minutes=1), indexer.ensure_index),
    "vectors": Job(timedelta(seconds=30), keeper.catch_up),
    "titles": Job(timedelta(minutes=2), titles.catch_up),
    "duplicates": Job(timedelta(seconds=30), finding.catch_up),
    "ask-visits": Job(timedelta(hours=1), settle.settle),
    "words": Job(timedelta(seconds=30), words.catch_up),
    "saved-searches": Job(telling.EVERY, telling.tell),
    "saved-search-mails": Job(timedelta(hours=1), telling.send),
    "rewards": Job(timedelta(minutes=10), tending.tend),
    "reward-closing": Job(timedelta(seconds=10), closing.go_on),
    "active-points": Job(active.EVERY, active.reconcile),
    "tidy-accounts": Job(timedelta(hours=6), upkeep.forget_expired),
}
"""What the clock does."""

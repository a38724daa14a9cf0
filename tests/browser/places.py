"""Every page of the product, as different people find it in the demo community.

A path names questions by the demo's file names and people by their keys: `/questions/{thick-walls}`, `/people/{marta}`. What has
an `act` is reached from its path: it submits a form as the page would.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A page: where it is, whose browser sees it (a person's key; '' is signed out), and how it answers."""

    path: str
    who: str = ""
    status: int = 200
    post: tuple[tuple[str, str], ...] | None = None
    """Fields to send there instead of only going there."""

    def __str__(self) -> str:
        return f"{self.who or 'anybody'}: {'POST ' if self.post is not None else ''}{self.path}"


def _all(who: str, *paths: str) -> tuple[Place, ...]:
    return tuple(Place(path, who) for path in paths)


PLACES = (
    # Signed out.
    *_all("", "/", "/?tab=active", "/?tab=newest", "/?tab=unanswered", "/?tab=stale", "/?tab=due"),
    *_all("", "/questions/{roaming-data-after-transfer}", "/questions/{thick-walls}", "/questions/{own-router-on-fibre}"),
    *_all("", "/questions/{which-network-is-best}", "/questions/{bars-but-no-internet-abroad}"),
    *_all("", "/questions/{login-loop-app-9-4}", "/questions/{roaming-morocco-arabic}"),
    *_all("", "/questions/{bridge-mode-after-update}", "/questions/{exactly-94-mbit}"),
    *_all("", "/questions/{long}", "/questions/{thick-walls}/revisions", "/answers/{edited}/revisions?revision=2"),
    *_all("", "/answers/{due}/life", "/answers/{edited}/life"),
    *_all(
        "",
        "/search",
        "/search?q=roaming",
        "/search?q=zzqx",
        "/search?q=tag:wi-fi+is:due+sort:newest",
        '/search?q=foo:bar+is:odd+"open+roaming',
    ),
    *_all("", "/tags", "/tags?q=zzqx", "/tags/wi-fi", "/tags/wi-fi?tab=stale", "/people", "/people?q=zzqx", "/help"),
    *_all("", "/people/{jonas}", "/people/{jonas}?tab=questions", "/people/{ana}?tab=checks", "/people/{jonas}?tab=reputation"),
    *_all("", "/boards", "/boards?by=current", "/boards?by=month&tag=wi-fi", "/boards?by=all&tag=roaming"),
    Place("/boards?tag=zzqx", status=404),
    *_all("marta", "/boards?by=all", "/people/{marta}?tab=reputation"),
    *_all("", "/badges", "/badges/solved-it", "/badges/lifesaver", "/people/{jonas}/badges"),
    *_all("", "/sign-in", "/sign-in?done=confirmed", "/sign-up", "/sign-up/done", "/password/forgot", "/password/sent"),
    *_all("", "{confirm link}", "{reset link}", "/dev/mail", "/dev/mail/{mail}"),
    *_all("", "/releases", "/releases/{release}", "/releases/{coming}"),
    *_all("", "/privileges"),
    Place("/sign-up", post=(("name", ""), ("email", "no address"), ("password", "short")), status=422),
    Place("/sign-in", post=(("email", "nobody@example.net"), ("password", "wrong")), status=422),
    Place("/confirm/gone", status=410),
    Place("/password/reset/gone", status=410),
    Place("/questions/{removed}", status=410),
    Place("/nothing", status=404),
    Place("/questions", post=(), status=401),
    Place("/preview", status=405),
    Place("/password/forgot", post=(("email", "often@example.net"),), status=429),
    # A customer, who asked some of it.
    *_all("marta", "/", "/?tab=mine", "/questions/{roaming-data-after-transfer}", "/questions/{login-loop-app-9-4}"),
    *_all("marta", "/questions/new", "/questions/{roaming-data-after-transfer}/edit", "/comments/{comment}/edit"),
    *_all("marta", "/answers/{due}/signals/more", "/comments/{outdated}/report"),
    *_all("marta", "/inbox", "/settings", "/settings/sessions", "/people/{marta}", "{address link}"),
    *_all("marta", "/badges", "/people/{marta}/badges"),
    Place("/settings/mail/gone", "marta", 410),
    Place("/questions", "marta", 422, (("title", "Short"), ("body", ""), ("tags", "no-such-tag-yet"))),
    Place("/questions/{login-loop-app-9-4}/answers", "marta", 422, (("body", ""),)),
    Place("/questions/{login-loop-app-9-4}/comments", "marta", 422, (("body", ""),)),
    Place("/settings/profile", "marta", 422, (("name", ""), ("about", ""))),
    Place("/moderation", "marta", 403),
    *_all("marta", "/privileges", "/suggested-edits", "/suggested-edits/{edit}", "/answers/{due}/suggested-edits"),
    *_all("marta", "/answers/{edited}/suggested-edits?from={edit}", "/questions/{thick-walls}/suggested-edits"),
    *_all("marta", "/questions/{thick-walls}/flags", "/answers/{due}/flags"),
    Place("/answers/{due}/flags", "marta", 422, (("kind", "attention"), ("note", ""))),
    Place("/answers/{due}/suggested-edits", "marta", 422, (("body", ""),)),
    # Somebody who has only just come.
    *_all("new", "/?tab=mine", "/inbox", "/people/{new}", "/people/{new}?tab=reputation", "/settings"),
    # A customer who is suspended.
    *_all("luca", "/", "/questions/{thick-walls}"),
    # Staff, who check.
    *_all("ana", "/review", "/review?answer={due}", "/questions/{roaming-data-after-transfer}", "/answers/{own}/edit"),
    Place("/answers/{due}/verifications", "ana", 422, (("outcome", "repaired"), ("body", ""))),
    Place("/answers/{passed over}/acceptance", "marta", 409, ()),
    *_all("ana", "/suggested-edits", "/suggested-edits/{edit}", "/comments/{comment}/flags"),
    # The moderator and the admin.
    *_all("mo", "/moderation/flags", "/moderation/experts"),
    Place("/moderation/flags/answer/{edited}", "mo", 422, (("decision", "remove"), ("reason", ""))),
    *_all("marta", "/searches", "/searches?q=roaming+abroad", "/searches/{saved}"),
    Place("/searches", "marta", 422, (("text", ""), ("notify", "inbox"))),
    *_all("", "/search?q=raoming"),
    *_all("mo", "/search/explain", "/search/explain?q=roaming+spain", "/search/explain?q=is:due"),
    *_all("mo", "/moderation", "/moderation?before=20", "/people/{luca}/standing"),
    *_all("mo", "/questions/{removed}", "/questions/{thick-walls}", "/moderation/doubts", "/moderation/duplicates"),
    Place("/answers/{edited}/reports-aside", "mo", 422, (("reason", ""),)),
    *_all("mo", "/tags/wi-fi/policy", "/tags/wi-fi/policy?interval_days=20&grace_days=0&verifiers_needed=2&spread_days=3"),
    *_all("mo", "/tags/wi-fi/policy?interval_days=many", "/people/{luca}", "/tags/wi-fi"),
    *_all("mo", "/moderation/fairness", "/moderation/fairness/{finding}", "/moderation/fairness/{appealed}"),
    *_all("mo", "/people/{jonas}/votes"),
    Place("/moderation/fairness/{finding}/votes", "mo", 200, ()),
    Place("/moderation/fairness/{finding}/decision", "mo", 422, (("reason", ""),)),
    Place("/people/{jonas}/votes", "mo", 200, (("reason", "A complaint."),)),
    *_all("marta", "/fairness"),
    Place("/fairness/{appealed}/appeal", "leila", 422, (("text", ""),)),
    *_all("ada", "/moderation/fairness/lines"),
    Place("/moderation/fairness/lines", "ada", 422, (("ring-low", "9"), ("ring-high", "1"))),
    *_all("mo", "/moderation/bulk", "/moderation/bulk?tag=wi-fi&act=check&spread_days=7", "/moderation/bulk?tag=zzqx&act=check"),
    *_all("mo", "/releases/new?tags=wi-fi", "/releases/{coming}"),
    Place("/releases", "mo", 422, (("name", ""), ("on_day", "soon"))),
    Place("/releases", "mo", 409, (("name", "app 10"), ("on_day", "2026-12-31"), ("impact", "small"), ("tags", "app"))),
    Place("/tags/wi-fi/merger", "mo", 422, (("into", "wi-fi"),)),
    *_all("mo", "/moderation/calculator", "/moderation/simulations/{computed}"),
    *_all("mo", "/moderation/simulations/{computing}", "/moderation/simulations/{not computed}"),
    Place("/moderation/simulations", "mo", 422, (("answers", "12"), ("checks", "many"))),
    *_all("mo", "/health/freshness", "/health/freshness?days=90", "/tags/wi-fi/policy?interval_days=&freshness=permanent"),
    *_all("mo", "/health/deflection", "/health/deflection?days=90"),
    Place("/people/{marta}/suspension", "mo", 422, (("days", ""), ("until", ""), ("reason", ""))),
    Place("/questions/{thick-walls}/closure", "mo", 422, (("reason", "duplicate"),)),
    *_all("ada", "/admin/privileges", "/admin/privileges?preset=grown", "/admin/privileges?preset=own&base=new&at_edit=many"),
    *_all("jonas", "/rewards"),
    *_all("ada", "/admin/rewards", "/admin/rewards/plans/new"),
    *_all("ada", "/admin/rewards/periods/{settled period}", "/admin/rewards/periods/{running period}"),
    Place("/admin/rewards/plans", "ada", 422, (("currency", "GBP"), ("stretch", "0"), ("halves", "01-01"))),
    Place("/admin/rewards/payments", "ada", 422, ()),
    *_all("ada", "/people/{marta}/standing", "/moderation/ranks"),
    Place("/moderation/ranks", "ada", 422, (("name-0", ""), ("name-1", "Helper"), ("points-1", "many"))),
)

NOT_PAGES = {
    "static": "files",
    "health": "a word for load balancers",
    "site.favicon": "a picture",
    "site.opensearch": "read by browsers",
    "site.robots": "read by crawlers",
    "accounts.avatar": "a picture",
    "rewards_admin.download": "a file for finance",
    "freshness_health.table": "files for a spreadsheet",
    "search_feed.show": "read by feed readers",
    "deflection.similar": "a piece of the page one asks on",
    "deflection.open_one": "leads to a question",
    "suggest.index": "a piece of the search field",
    "answers.show": "leads to the answer's question",
    "accounts.settings_part": "leads to the settings",
}
"""Addresses that people do not look at, each with what it is instead."""

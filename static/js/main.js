// Every page works without this. Each feature is its own module, fetched when the page first needs it; all carry the ?v= of
// this file, so that every one of them may be cached for ever.
const version = new URL(import.meta.url).search;
const load = (name) => import(`./${name}.js${version}`);
const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

if (document.querySelector('time[datetime*="T"]')) load("times");
if (document.querySelector("form[data-keys]")) load("keys").then((keys) => keys.start(document.querySelector("form[data-keys]")));
each("[data-waits]", (waiting) => load("waits").then((waits) => waits.open(waiting)));

// Drafts: at once where one waits or was just sent, otherwise with the first letter typed.
const drafted = () => document.querySelector("[data-draft]");
try {
  const waits = drafted() && localStorage.getItem(`draft:${drafted().dataset.draft}`);
  if (waits || sessionStorage.getItem("draft-sent")) load("drafts").then((drafts) => drafts.open(drafted()));
  else if (drafted())
    drafted().closest("form").addEventListener("input", () => load("drafts").then((drafts) => drafts.open(drafted())), { once: true });
} catch {
  // The browser keeps nothing for this site: there are no drafts then.
}

document.addEventListener("focusin", ({ target }) => {
  const editor = target.closest("[data-preview]");
  if (editor) load("preview").then((preview) => preview.open(editor));
  if (target.matches("[data-similar]")) load("similar").then((similar) => similar.open(target));
  if (target.matches(".find [name=q]")) load("typeahead").then((typeahead) => typeahead.open(target));
});

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.matches("details.menu[open]")) load("menus").then((menus) => menus.opened(target));
  },
  true,
);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form.v, form.tg, form.sg") || form.dataset.plain) return;
  event.preventDefault();
  load("votes")
    .then((votes) => votes.send(form, event.submitter))
    .catch(() => {
      form.dataset.plain = "1";
      form.requestSubmit(event.submitter);
    });
});

// What scrolls sideways can be reached with the keyboard.
each(".prose pre, .prose table", (box) => {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
});
each(".tabs [aria-current]", (tab) => tab.scrollIntoView({ inline: "nearest", block: "nearest", behavior: "instant" }));
document.querySelector(".errs")?.focus();

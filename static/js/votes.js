// Votes, "me too", "follow" and "works for me" without leaving the page: the same POST as the plain form, asked for JSON.
const back = "_method=DELETE";

function say(text) {
  document.querySelector(".toast")?.remove();
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.setAttribute("role", "alert");
  document.body.append(toast);
  toast.textContent = text;
  setTimeout(() => toast.remove(), 8000);
}

function press(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

function count(button, number) {
  const span = button.querySelector("span") ?? button.appendChild(document.createElement("span"));
  span.textContent = number ? number.toLocaleString() : "";
}

function showVote(form, { score, mine }) {
  form.querySelector("b").textContent = score;
  for (const button of form.querySelectorAll("button")) {
    const on = Number(button.value) === mine;
    press(button, on);
    if (on) button.setAttribute("formaction", `${form.getAttribute("action")}?${back}`);
    else button.removeAttribute("formaction");
  }
}

function showToggle(form, { on, count: number }) {
  const button = form.querySelector("button");
  press(button, on);
  if (number !== undefined && number !== null) count(button, number);
  form.setAttribute("action", form.getAttribute("action").split("?")[0] + (on ? `?${back}` : ""));
}

function showSignals(form, answer) {
  for (const button of form.querySelectorAll("button")) {
    press(button, answer.mine === button.value);
    count(button, answer[button.value]);
  }
  form.querySelector("a")?.remove();
  if (!answer.more) return;
  const link = form.appendChild(document.createElement("a"));
  link.className = "b q";
  link.href = answer.more;
  link.textContent = "Say more";
}

function show(form, answer) {
  if (form.matches(".v")) showVote(form, answer);
  else if (form.matches(".tg")) showToggle(form, answer);
  else showSignals(form, answer);
}

/** Sends one press. Without a name behind it the plain form goes out, which leads to the sign-in page. */
export async function send(form, button) {
  if (form.getAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(button.getAttribute("formaction") ?? form.getAttribute("action"), {
      method: "POST",
      body: new URLSearchParams(new FormData(form, button)),
      headers: { Accept: "application/json" },
    });
    if (response.status === 401) {
      form.dataset.plain = "1";
      form.requestSubmit(button);
    } else if (response.headers.get("Content-Type")?.startsWith("application/json")) {
      const answer = await response.json();
      if (response.ok) show(form, answer);
      else say(answer.error ?? "That did not work.");
    } else if (response.ok) {
      location.assign(response.url);
      if (response.url.split("#")[0] === location.href.split("#")[0]) location.reload();
    } else say("That did not work. Reload the page and try again.");
  } catch {
    say("There is no connection. Nothing was sent.");
  } finally {
    form.removeAttribute("aria-busy");
  }
}

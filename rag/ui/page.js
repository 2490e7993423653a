// What happens on the page: its events, its beginning, and what comes into the transcript.

// ---- events --------------------------------------------------------------------------------
const clicks = {
  ".mode": (button) => go(button.dataset.mode),
  "#check-run": check,
  ".cite": cite,
  ".copy": copy,
  ".vote": vote,
  ".export": (button) => offer("Export this answer", [button.closest(".answer")]),
  "[data-export]": () => offer("Export the conversation",
    all("#transcript .answer").filter((answer) => one(".export", answer))),
  ".export-as": (button) => trigger("export", { format: button.value, answers: exported }),
  "[data-close-export]": () => one("#export").close(),
  ".more": more,
  ".view": look,
  ".turn": turn,
  ".magnify": magnify,
  "[data-step]": (button) => step(Number(button.dataset.step)),
  ".example": (button) => ask(button.textContent),
  ".ask-rebuild": () => { open("documents"); one("#rebuild").click(); },
  ".clear-limit": () => {
    for (const box of boxes()) tick(box, false);
    limit();
    one("#question textarea")?.focus();
  },
  ".keep-limit": () => { limit(); one("#question textarea")?.focus(); },
  ".stop": () => trigger("stop", {}),
  "[data-reload]": () => {
    // What an address asks is not asked again in place of what was being written.
    if (setAside()) location.replace(location.pathname);
    else location.reload();
  },
  "[data-new]": anew,
  "[data-toggle]": (button) => {
    const name = button.dataset.toggle;
    if (name in root.dataset) shut(name, false);
    else { open(name, button); one(`#${name} h2`)?.focus(); }
  },
  "[data-close]": (button) => shut(button.dataset.close),
};

document.addEventListener("click", (event) => {
  for (const [selector, act] of Object.entries(clicks)) {
    const target = event.target.closest?.(selector);
    if (target && !target.disabled) return act(target);
  }
});
document.addEventListener("click", (event) => { // beside the dialog
  if (event.target.id === "export") event.target.close();
});
document.addEventListener("change", (event) => {
  if (!event.target.matches('#documents input[type="checkbox"]')) return;
  // While a quotation is checked nothing can be ticked, though a click on a row would.
  if ("mode" in root.dataset) return tick(event.target, !event.target.checked);
  tick(event.target, event.target.checked);
  limit();
});
document.addEventListener("input", (event) => {
  if (event.target.matches("#documents .filter")) filter(event.target.value);
  if (event.target.id === "pasted") compare();
  if (event.isTrusted && event.target.matches("#question textarea")) typed(event.target.value);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !one("dialog[open]")) {
    for (const name of ["source", "documents"]) {
      const over = name in root.dataset && !wide(panels[name].beside);
      if (name in root.dataset && (name === "source" || over)) return shut(name);
    }
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "pasted") {
    event.preventDefault();
    check();
  }
  if (event.key === "Enter" && event.target.matches?.("#question textarea") && !event.shiftKey) {
    withhold(event);
  }
}, true);
document.addEventListener("click", (event) => {
  if (event.target.closest?.("#question button")) withhold(event);
}, true);
// An empty question, one to a server that would search everything, or, until the server knows what
// was ticked last, one that would be put to other documents.
function withhold(event) {
  const box = one("#question textarea");
  const early = limits.settled < limits.asked;
  if (!blank() && !stale && !early) return sent(box.value);
  event.preventDefault();
  event.stopPropagation();
  if (early && !blank() && !stale) limits.held = box.value;
  (stale ? one("#lost button") : box).focus();
}
for (const [name, { beside }] of Object.entries(panels)) {
  window.matchMedia(`(min-width: ${beside}px)`)
    .addEventListener("change", (event) => fit(name, event.matches));
}

// ---- the transcript ------------------------------------------------------------------------
let answers = 0;
let searching = false;
function settle() {
  const cards = all("#transcript .answer:not(.waiting)");
  const wait = one("#transcript .answer.waiting"); // told once: its place in the queue changes
  if (cards.length > answers) reveal(cards.at(-1));
  else if (wait && !searching) reveal(wait);
  searching = wait !== null;
  if (cards.length !== answers) {
    answers = cards.length;
    root.classList.toggle("talking", answers > 0);
  }
  for (const button of all(".export")) button.setAttribute("aria-haspopup", "dialog");
  for (const label of all('#transcript .message > [aria-label]')) label.removeAttribute("aria-label");
  const log = one('#transcript [role="log"]');
  if (log) { // whole quotations are read on request; #status tells that they are there
    log.setAttribute("aria-live", "off");
    log.setAttribute("aria-label", "Questions and answers");
  }
}

function reveal(card) { // with its question, which may be below the fold
  const row = card.closest(".message-row") ?? card;
  const question = row.previousElementSibling ?? row;
  question.scrollIntoView({ block: "start", behavior: calm ? "instant" : "smooth" });
  say(all(":scope > .lead, :scope > .hint", card).map((line) => line.textContent).join(". "));
}

let disabled = false;
function attend() { // Gradio disables the box while it searches, and the focus is lost with it
  const box = one("#question textarea");
  if (!box) return;
  const now = box.disabled;
  if (disabled && !now && document.activeElement === document.body && keys) box.focus();
  if (disabled && !now && fresh) {
    fresh = false;
    one("#new").click();
  }
  if (disabled && !now) answered(box);
  disabled = now;
  if (!now && !box.placeholder) box.placeholder = "Ask another question";
}

function begin() {
  for (const name of Object.keys(panels)) {
    const panel = one(`#${name}`);
    panel.setAttribute("role", "complementary");
    panel.setAttribute("aria-label", name === "source" ? "Source" : "Documents");
    panel.tabIndex = -1;
  }
  const chat = one("#chat");
  chat.setAttribute("role", "region");
  chat.setAttribute("aria-label", "Chat");
  root.lang = "en";
  one("#question textarea").setAttribute("aria-label", "Your question");
  if (wide(1100)) root.dataset.documents = "open";
  sync();
  const observer = new MutationObserver(() => { settle(); attend(); });
  observer.observe(chat, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"],
  });
  settle();
  new MutationObserver(relist).observe(one("#listing"), {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-path", "checked"],
  });
  const checkPanel = one("#check");
  checkPanel.setAttribute("role", "region");
  checkPanel.setAttribute("aria-label", "Check a quotation");
  const asked = new URLSearchParams(location.search);
  const pasted = asked.get("check")?.trim();
  if (pasted) {
    go("check");
    one("#pasted").value = pasted;
    check();
  }
  const question = pasted ? "" : asked.get("q")?.trim();
  if (question) {
    const ready = setInterval(() => {
      if (!one("#question button") || !one("#transcript .welcome")) return;
      clearInterval(ready);
      ask(question);
    }, 50);
  }
}

const waiting = setInterval(() => {
  if (!one("#chat") || !one("#check-run") || !one("#source") || !one("#documents") || !one("#question textarea")) return;
  clearInterval(waiting);
  begin();
}, 30);

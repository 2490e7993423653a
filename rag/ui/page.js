// Runs once, when the page's header is drawn. `element`, `trigger` are Gradio's.
// It moves nothing into the page as HTML: text goes in through textContent alone.

const root = document.documentElement;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const wide = (width) => window.matchMedia(`(min-width: ${width}px)`).matches;
const keys = window.matchMedia("(pointer: fine)").matches; // on a phone a focus opens a keyboard
const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const unpack = (token) =>
  JSON.parse(new TextDecoder().decode(Uint8Array.from(
    atob(token.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0))));

// ---- signed out meanwhile, or the server gone ----------------------------------------------
const request = window.fetch;
const PATIENCE_MS = 8000; // without a word for so long, the server may be gone
let leaving = false; // what is under way breaks off then, and the server is well
let cut = false; // Gradio has given up on this page: nothing works but a reload
let seeking = null;
let stale = false; // another server has taken over: it does not know what is ticked here
let refusal = 0; // a timer

window.fetch = async (...parts) => {
  const asked = new URL(parts[0]?.url ?? parts[0], location.href);
  const ours = asked.origin === location.origin;
  if (ours && asked.pathname.endsWith("/app_id")) {
    // Gradio asks this once it has given up, again and again, and would reload: people are told.
    if (!cut) {
      cut = true;
      seek();
    }
    return new Response(null, { status: 503 });
  }
  const event = ours && /\/(queue\/join|run\/predict)$/.test(asked.pathname);
  const answer = await (event ? insist(parts) : request(...parts)).catch((error) => {
    if (ours && error.name !== "AbortError") seek();
    throw error;
  });
  if (ours && answer.status === 401) {
    location.assign(`login?next=${encodeURIComponent(location.pathname + location.search)}`);
  } else if (event && answer.status >= 400) refused();
  return answer;
};
// Gradio keeps one answer open as long as page and server last; it is told here when it ends.
new PerformanceObserver((list) => {
  if (list.getEntries().some((entry) => entry.name.includes("/heartbeat/"))) seek();
}).observe({ type: "resource" });
window.addEventListener("pagehide", () => { leaving = true; });
window.addEventListener("pageshow", () => { leaving = false; });

// Gradio gives up on a page when one event cannot be sent: a network that fails for a moment is
// waited for, and the event sent again. Sent twice, each of them does what it did once.
async function insist(parts) {
  const late = setTimeout(seek, PATIENCE_MS);
  try {
    return await request(...parts);
  } catch (error) {
    if (leaving || error.name === "AbortError") throw error;
    await seek();
    if (stale || cut || leaving) throw error;
    return await request(...parts);
  } finally {
    clearTimeout(late);
  }
}

// What Gradio does after one step of several is left out when that step fails: the box stays shut.
function refused() {
  clearTimeout(refusal);
  refusal = setTimeout(() => {
    if (root.classList.contains("checking")) checking(false);
    if (one("#question textarea")?.disabled) trigger("free", {});
    tell("The server could not take this. Try again.");
    refusal = setTimeout(() => { if (!stale && !cut) tell(""); }, PATIENCE_MS);
  }, 500);
}

function seek() {
  seeking ??= search().finally(() => { seeking = null; });
  return seeking;
}

async function search() {
  if (leaving) return;
  let state = await server();
  for (; state === "gone"; state = await server()) {
    if (!leaving) tell("The server does not answer. Waiting for it.");
    if (one("#source.loading")) remark("This could not be loaded: the server does not answer.");
    await new Promise((done) => setTimeout(done, 2000));
  }
  stale ||= state === "another";
  if (state === "hidden") {
    tell("Something else answers in the server's place: reload the page, and sign in again.", true);
  } else if (stale) {
    tell("The server was restarted: reload the page. This conversation ends with it.", true);
  } else {
    tell(cut ? "The connection was lost for a moment: reload the page. "
      + "This conversation ends with it." : "", cut);
  }
}

async function server() {
  let answer;
  try {
    answer = await fetch("config", {
      cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    return "gone";
  }
  if (answer.status === 401) return "same"; // on the way to the sign-in page
  // Whoever guards the way to the server asks people to sign in again.
  if (answer.type === "opaqueredirect" || answer.status === 403) return "hidden";
  if (!answer.ok) return "gone";
  try {
    return (await answer.json()).app_id === window.gradio_config.app_id ? "same" : "another";
  } catch {
    return "hidden";
  }
}

function tell(text, reload = false) {
  const line = one("#lost-told");
  if (line.textContent !== text) line.textContent = text;
  one("#lost button").hidden = !reload;
  root.classList.toggle("lost", text !== "");
  if (!reload) return;
  for (const name of Object.keys(panels)) { // the line would lie under what lies over the page
    if (!wide(panels[name].beside)) shut(name, false);
  }
}

// ---- announcements -------------------------------------------------------------------------
function say(text) {
  const status = one("#status");
  status.textContent = "";
  setTimeout(() => { status.textContent = text; }, 30);
}

// ---- panels: on wide screens they stand beside the chat, on narrow ones over it -----------
const panels = {
  documents: { beside: 1100, opener: null },
  source: { beside: 1000, opener: null },
};

function open(name, opener) {
  panels[name].opener = opener ?? document.activeElement;
  if (!wide(1400)) { // no room for both: one gives way, and comes back where it stood beside
    panels.source.displaced = name === "source" && wide(1100)
      && ("documents" in root.dataset || ("source" in root.dataset && panels.source.displaced));
    shut(name === "source" ? "documents" : "source", false);
  }
  root.dataset[name] = "open";
  sync();
}

function shut(name, refocus = true) {
  if (!(name in root.dataset)) return;
  delete root.dataset[name];
  const { opener, displaced } = panels[name];
  if (name === "source") {
    for (const old of all(".cite[aria-current]")) old.removeAttribute("aria-current");
    if (refocus && displaced && wide(1100)) root.dataset.documents = "open";
    panels.source.displaced = false;
  }
  sync();
  if (refocus) (opener?.isConnected ? opener : box())?.focus();
}

function sync() {
  let sheet = null;
  for (const name of Object.keys(panels)) {
    const shown = name in root.dataset;
    const panel = one(`#${name}`);
    const over = shown && !wide(panels[name].beside);
    if (over) sheet = panel;
    panel?.setAttribute("role", over ? "dialog" : "complementary");
    if (over) panel?.setAttribute("aria-modal", "true");
    else panel?.removeAttribute("aria-modal");
    for (const button of all(`[data-toggle="${name}"]`)) button.setAttribute("aria-expanded", shown);
  }
  // Nothing behind a sheet can be reached by keyboard or screen reader.
  for (const part of [one("#top"), one("#chat"), one("#check"), one("#documents"), one("#source")]) {
    if (part) part.inert = sheet !== null && part !== sheet;
  }
  remember(sheet !== null);
}

// A sheet covers the page like another page: Back closes it.
let back = false; // a step back of our own is under way
function remember(sheet) {
  if (back || sheet === Boolean(history.state?.sheet)) return;
  if (sheet) history.pushState({ sheet }, "");
  else {
    back = true;
    history.back();
  }
}
window.addEventListener("popstate", () => {
  if (back) back = false;
  else if (!history.state?.sheet) {
    for (const name of Object.keys(panels)) if (!wide(panels[name].beside)) shut(name);
  }
  sync();
});

// ---- the source panel ----------------------------------------------------------------------
let trail = { buttons: [], position: 0 };
let keep = null; // where to stay while more of a document is fetched
let view = ""; // "page" or "text" once chosen
let refocus = ""; // the button that was pressed, drawn anew
let larger = false;

let loads = []; // timers
let wanted = ""; // the place whose source is on its way
// What the page asks for is read when Gradio sends an event, and not handed over with it: one that
// had to wait for another of its kind would be sent with that one's data.
let askedPlace = null;
window.ragCited = () => askedPlace;

// What is shown gives way to a line until the server has drawn the next: it must not be taken for
// the source of the citation that was just clicked.
function load(fresh) {
  loads.forEach(clearTimeout);
  one("#source").classList.add("loading");
  if (fresh) one("#source").classList.add("another");
  loads = [
    setTimeout(() => { if (fresh) remark("Loading"); }, 150),
    setTimeout(() => remark("This takes long: the server may not answer."), 8000),
  ];
}

function loaded() {
  loads.forEach(clearTimeout);
  one("#source").classList.remove("loading", "another");
  remark("");
}

function remark(text) {
  one("#source-wait p").textContent = text;
}

function draw(position, more, fresh = false) {
  wanted = trail.buttons[position].value;
  load(fresh);
  const { buttons } = trail;
  for (const old of all(".cite[aria-current]")) old.removeAttribute("aria-current");
  buttons[position].setAttribute("aria-current", "true");
  const { length: total } = buttons;
  askedPlace = { place: buttons[position].value, position, total, view, ...more };
  trigger("cite", {});
}

function look(button) {
  view = button.dataset.view;
  refocus = `[data-view="${view}"]`;
  keep = null;
  draw(trail.position, {});
}

function turn(button) {
  view = "page";
  refocus = `[data-side="${button.dataset.side ?? "right"}"]`;
  keep = null;
  draw(trail.position, { page: Number(button.dataset.page) });
}

function magnify() {
  larger = !larger;
  enlarge();
  place(one("#source .spot"));
}

function enlarge() {
  one("#source").classList.toggle("larger", larger);
  one("#source .magnify")?.setAttribute("aria-pressed", larger);
}

function place(mark) {
  if (mark) mark.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
}

function show(position) {
  trail.position = position;
  draw(position, {}, true);
}

function cite(button) {
  const group = button.closest(".quotes")?.querySelectorAll(".source-line > .cite") ?? [button];
  const at = [...group].indexOf(button); // -1 for an "also in": it stands alone
  trail = at < 0 ? { buttons: [button], position: 0 } : { buttons: [...group], position: at };
  keep = null;
  open("source", button);
  show(trail.position);
}

function more(button) {
  const page = one("#source .page");
  keep = { side: button.dataset.side, top: page.scrollTop, rest: page.scrollHeight - page.scrollTop };
  draw(trail.position, {
    first: Number(button.dataset.first), last: Number(button.dataset.last),
  });
}

// Called by the page when the server has drawn the panel.
window.ragSourceShown = () => requestAnimationFrame(() => requestAnimationFrame(() => {
  if (one("#source [data-place]")?.dataset.place !== wanted) return; // another is under way
  loaded();
  const page = one("#source .page");
  const mark = one("#source mark");
  if (page && keep) {
    page.scrollTop = keep.side === "before" ? page.scrollHeight - keep.rest : keep.top;
    page.focus({ preventScroll: true });
  } else {
    enlarge();
    if (page) page.scrollTop = 0;
    place(mark);
    const next = (refocus && (one(`#source ${refocus}:enabled`) ?? one("#source .turn:enabled")))
      || one("#source .source-title");
    next?.focus({ preventScroll: true });
    if (refocus) say([".page-number", ".changed"].map((part) => one(`#source ${part}`)?.textContent)
      .filter(Boolean).join(". "));
  }
  keep = null;
  refocus = "";
}));

function step(by) {
  const position = trail.position + by;
  if (position < 0 || position >= trail.buttons.length) return;
  keep = null;
  show(position);
}

// ---- asking --------------------------------------------------------------------------------
function ask(question) {
  const box = one("#question textarea");
  if (!box) return;
  box.value = question;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  requestAnimationFrame(() => one("#question button")?.click());
}

// An answer that is still looked for would bring the old conversation back: it is stopped first.
let fresh = false;
function anew() {
  shut("source", false);
  if (one("#question textarea")?.disabled) {
    fresh = true;
    trigger("stop", {});
    return;
  }
  one("#new").click();
  one("#question textarea")?.focus();
}

const blank = () => !one("#question textarea")?.value.trim();

// ---- copying -------------------------------------------------------------------------------
async function copy(button) {
  // Words that are cut out of a sentence may say the opposite of it: they are not copied alone.
  const part = button.name === "sentence" ? ".whole-sentence" : ".words";
  const words = one(part, button.closest(".card")).textContent;
  const text = `${words}\n\n${unpack(button.value)}`;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // no permission, or a page that is not on this machine
    const box = document.createElement("textarea");
    box.value = text;
    box.className = "sr-only";
    document.body.append(box);
    box.select();
    document.execCommand("copy");
    box.remove();
    button.focus();
  }
  const label = one(".label", button);
  label.dataset.says ??= label.textContent;
  label.textContent = "Copied";
  say("Copied with its citation");
  setTimeout(() => { label.textContent = label.dataset.says; }, 1600);
}

// ---- voting --------------------------------------------------------------------------------
function vote(button) {
  const group = button.closest(".votes");
  const given = button.getAttribute("aria-pressed") !== "true"; // pressed again, it is taken back
  for (const other of all(".vote", group)) {
    other.setAttribute("aria-pressed", given && other === button);
  }
  trigger("vote", { verdict: given ? button.name : "withdrawn", answer: button.value });
  say(given ? "Noted on this machine" : "Taken back");
}

// ---- checking a quotation ------------------------------------------------------------------
const box = () => one("mode" in root.dataset ? "#pasted" : "#question textarea");

function go(mode) {
  if (mode === "check") root.dataset.mode = mode;
  else delete root.dataset.mode;
  for (const button of all(".mode")) {
    if (button.dataset.mode === mode) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  shut("source");
  box()?.focus();
}

function check() {
  const text = one("#pasted").value;
  if (!text.trim()) return one("#pasted").focus();
  if (root.classList.contains("checking")) return;
  const active = document.activeElement;
  shut("source");
  active.focus();
  checking(true);
  checked = text;
  say("Checking");
  trigger("check", { text });
}

let checked = ""; // the text that the outcome speaks of
function compare() {
  root.classList.toggle("outdated", one("#pasted").value.trim() !== checked.trim());
}

function checking(now) {
  root.classList.toggle("checking", now);
  one("#findings").setAttribute("aria-busy", now);
  one("#check-run").textContent = now ? "Checking" : "Check";
}

// Called by the page when the server has drawn the outcome.
window.ragChecked = () => requestAnimationFrame(() => requestAnimationFrame(() => {
  checking(false);
  compare();
  const lead = one("#findings .lead");
  lead?.scrollIntoView({ block: "nearest", behavior: "instant" });
  say(all("#findings :is(.lead, .hint)").map((line) => line.textContent).join(". "));
}));

// ---- exporting -----------------------------------------------------------------------------
let exported = []; // the records of the answers that a format is chosen for

function offer(title, answers) {
  exported = answers.map((answer) => one(".vote", answer).value);
  one("#export-title").textContent = title;
  one("#export-note").textContent = "";
  one("#export").showModal();
}

// Called by the page when the server has made the file.
window.ragExported = (packed) => {
  const { note, file } = unpack(packed);
  one("#export-note").textContent = note;
  if (!file) return;
  const bytes = Uint8Array.from(atob(file.data), (c) => c.charCodeAt(0));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: file.type }));
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  if (!note) one("#export").close();
  say(`Saved ${file.name}`);
};

// ---- limiting, filtering -------------------------------------------------------------------
const boxes = () => all('#documents input[type="checkbox"]');
const limit = () => trigger("limit", {});
const limits = { sent: [], taken: [] };
window.ragLimited = () => { // when it is sent: see askedPlace
  limits.sent = boxes().filter((box) => box.checked).map((box) => box.dataset.path);
  return { paths: limits.sent };
};
window.ragLimitTaken = () => { limits.taken = limits.sent; };
window.ragLimitRefused = () => { // what is ticked is what is searched
  for (const box of boxes()) tick(box, limits.taken.includes(box.dataset.path));
};

// A redrawn list reuses its rows: what is ticked goes by the attribute, not by the row.
function tick(box, now) {
  box.checked = now;
  box.toggleAttribute("checked", now);
}

function relist() {
  for (const box of boxes()) box.checked = box.hasAttribute("checked");
  filter(one("#documents .filter")?.value ?? "");
}

function filter(text) {
  const wanted = text.toLowerCase();
  for (const row of all("#documents .docs > li")) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
  }
}

// ---- events --------------------------------------------------------------------------------
const clicks = {
  ".mode": (button) => go(button.dataset.mode),
  "#check-run": check,
  ".cite": cite,
  ".copy": copy,
  ".vote": vote,
  ".export": (button) => offer("Export this answer", [button.closest(".answer")]),
  "[data-export]": () => offer("Export the conversation",
    all("#transcript .answer").filter((answer) => one(".vote", answer))),
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
  "[data-reload]": () => location.reload(),
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
  tick(event.target, event.target.checked);
  limit();
});
document.addEventListener("input", (event) => {
  if (event.target.matches("#documents .filter")) filter(event.target.value);
  if (event.target.id === "pasted") compare();
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
function withhold(event) { // an empty question, or one to a server that would search everything
  if (!blank() && !stale) return;
  event.preventDefault();
  event.stopPropagation();
  one(stale ? "#lost button" : "#question textarea").focus();
}
for (const width of [1000, 1100, 1400]) {
  window.matchMedia(`(min-width: ${width}px)`).addEventListener("change", sync);
}

// ---- the transcript ------------------------------------------------------------------------
let answers = 0;
function settle() {
  const cards = all("#transcript .answer:not(.waiting)");
  if (cards.length > answers) {
    const card = cards.at(-1);
    const row = card.closest(".message-row") ?? card;
    const question = row.previousElementSibling ?? row;
    question.scrollIntoView({ block: "start", behavior: calm ? "instant" : "smooth" });
    say(all(":scope > .lead, :scope > .hint", card).map((line) => line.textContent).join(". "));
  }
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

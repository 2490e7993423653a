// The panels beside the chat, or over it: the documents, and the source of a citation.

// ---- panels: on wide screens they stand beside the chat, on narrow ones over it -----------
const panels = {
  documents: { beside: 1100, opener: null, due: false }, // due: back once there is room
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
    if (refocus && displaced) {
      if (wide(1100)) root.dataset.documents = "open";
      else panels.documents.due = true;
    }
    panels.source.displaced = false;
  }
  sync();
  if (refocus) (opener?.isConnected ? opener : box())?.focus();
}

// A sheet opens on request alone: a panel that no longer fits beside the chat closes, unless one is
// in it. The list comes back with the room.
function fit(name, roomy) {
  const { documents, source } = panels;
  if (!roomy && name in root.dataset && !one(`#${name}`).contains(document.activeElement)) {
    documents.due ||= name === "documents" || source.displaced;
    shut(name, false);
  } else if (roomy && name === "documents" && documents.due) {
    documents.due = false;
    if ("source" in root.dataset && !wide(1400)) source.displaced = true;
    else root.dataset.documents = "open";
  }
  sync();
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
  // Nothing behind a sheet can be reached by keyboard or screen reader, but what is told goes on.
  const bar = [...one("#lost").parentElement.children].filter((part) => !part.matches("#lost, #status"));
  for (const part of [...bar, one("#chat"), one("#check"), one("#documents"), one("#source")]) {
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
  const active = document.activeElement; // whoever has gone on elsewhere is left there
  const follows = active === document.body || active === panels.source.opener
    || one("#source").contains(active);
  if (page && keep) {
    page.scrollTop = keep.side === "before" ? page.scrollHeight - keep.rest : keep.top;
    if (follows) page.focus({ preventScroll: true });
  } else {
    enlarge();
    if (page) page.scrollTop = 0;
    place(mark);
    const next = (refocus && (one(`#source ${refocus}:enabled`) ?? one("#source .turn:enabled")))
      || one("#source .source-title");
    if (follows) next?.focus({ preventScroll: true });
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

// What can be done on the page: asking, copying, voting, checking, exporting, limiting.

// ---- asking --------------------------------------------------------------------------------
function ask(question) {
  const box = one("#question textarea");
  if (!box) return;
  write(box, question);
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
let voted = []; // votes on their way: their buttons, and the one that was pressed before

function vote(button) {
  const group = button.closest(".votes");
  const given = button.getAttribute("aria-pressed") !== "true"; // pressed again, it is taken back
  voted.push({ group, before: one(".vote[aria-pressed=true]", group) });
  press(group, given ? button : null);
  one(".unkept", group)?.remove();
  trigger("vote", { verdict: given ? button.name : "withdrawn", answer: button.value });
}

function press(group, button) {
  for (const other of all(".vote", group)) other.setAttribute("aria-pressed", other === button);
}

window.ragVoted = (kept) => {
  const { group, before } = voted.shift() ?? {};
  if (!group) return;
  if (kept) {
    say(one(".vote[aria-pressed=true]", group) ? "Noted on this machine" : "Taken back");
    return;
  }
  press(group, before);
  const told = document.createElement("span");
  told.className = "fine unkept";
  told.textContent = "Could not be noted";
  one(".unkept", group)?.remove();
  group.append(told);
  say(told.textContent);
};

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
  exported = answers.map((answer) => one(".export", answer).value);
  one("#export-title").textContent = title;
  one("#export-note").textContent = "";
  one("#export").showModal();
}

// Called by the page when the server has made the file, or, without one, could not take the event.
window.ragExported = (packed) => {
  const { note, file } = packed ? unpack(packed) : { note: "This could not be exported. Try again." };
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

// ---- rebuilding ----------------------------------------------------------------------------
// Called by the page when a rebuild has ended: its button was disabled, and the focus lost with it.
window.ragRebuilt = () => requestAnimationFrame(() => requestAnimationFrame(() => {
  say(all("#progress .outcome p").map((line) => line.textContent).join(" "));
  const asking = one("#question textarea")?.disabled; // its box takes the focus back
  if (document.activeElement === document.body && !asking) one("#rebuild").focus();
}));

// ---- limiting, filtering -------------------------------------------------------------------
const boxes = () => all('#documents input[type="checkbox"]');
const limits = { sent: [], taken: [], asked: 0, under: 0, settled: 0, held: null };
const limit = () => {
  limits.asked += 1;
  trigger("limit", {});
};
window.ragLimited = () => { // when it is sent: see askedPlace
  limits.sent = boxes().filter((box) => box.checked).map((box) => box.dataset.path);
  limits.under = limits.asked;
  return { paths: limits.sent };
};
window.ragLimitTaken = () => {
  limits.taken = limits.sent;
  limits.settled = limits.under;
  if (limits.held === null || limits.settled < limits.asked) return;
  const unchanged = limits.held === one("#question textarea")?.value;
  limits.held = null;
  if (unchanged) one("#question button")?.click();
};
window.ragLimitRefused = () => { // what is ticked is what is searched
  for (const box of boxes()) tick(box, limits.taken.includes(box.dataset.path));
  limits.settled = limits.asked;
  limits.held = null; // it was meant for other documents
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
  const left = one("#documents .docs > li:not([hidden])");
  for (const line of all("#documents .none-left")) { // a list that changes is filtered again
    const told = left ? "" : line.dataset.none;
    if (line.textContent !== told) line.textContent = told;
  }
}

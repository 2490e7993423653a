// ---- what is typed is not lost ------------------------------------------------------------
// What was written is set aside when the page has to be left, and is in its box again once the same
// person is back. It stays in this tab of this browser.
const ASIDE = "rag-aside";
let whose = null; // told by the server with the first page; "" where nobody signs in
let asked = ""; // the question that is being answered
let behind = ""; // typed behind it, before Gradio emptied the box and shut it

function sent(question) {
  [asked, behind] = [question, ""];
}

function typed(text) {
  if (asked) behind = text.startsWith(asked) ? text.slice(asked.length) : text;
}

function write(box, text) {
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function answered(box) { // the box is open again
  const text = behind.trim();
  sent("");
  if (text && !box.value) write(box, text);
}

function setAside() {
  const box = one("#question textarea");
  const [question, pasted] = [box?.value || `${asked}${behind}`, one("#pasted")?.value ?? ""];
  if (whose === null || !`${question}${pasted}`.trim()) return false;
  try {
    sessionStorage.setItem(ASIDE, JSON.stringify({ whose, question, pasted, mode: root.dataset.mode }));
    return true;
  } catch { // no storage, or a text beyond it
    return false;
  }
}

// Called by the page when the server has drawn it.
window.ragDrawn = (name) => {
  whose = name;
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(ASIDE));
    sessionStorage.removeItem(ASIDE);
  } catch { // no storage
    return;
  }
  if (kept?.whose !== whose) return; // someone else's
  if (kept.mode) go(kept.mode);
  if (!one("#pasted").value) one("#pasted").value = kept.pasted;
  const box = one("#question textarea");
  if (kept.question && !box.value) write(box, kept.question);
};

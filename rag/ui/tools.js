// This part and those behind it run once, when the page's header is drawn, as one script: each uses
// names of the others. `element`, `trigger` are Gradio's. Nothing is moved into the page as HTML:
// text goes in through textContent alone.

const root = document.documentElement;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const wide = (width) => window.matchMedia(`(min-width: ${width}px)`).matches;
const keys = window.matchMedia("(pointer: fine)").matches; // on a phone a focus opens a keyboard
const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const unpack = (token) =>
  JSON.parse(new TextDecoder().decode(Uint8Array.from(
    atob(token.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0))));

// Tells it to a screen reader.
function say(text) {
  const status = one("#status");
  status.textContent = "";
  setTimeout(() => { status.textContent = text; }, 30);
}

// Signed out meanwhile, or the server gone: the page says so, waits, and asks again.

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
    // What an address asks is not asked again in place of what was being written.
    const page = location.pathname + (!leaving && setAside() ? "" : location.search);
    location.assign(`login?next=${encodeURIComponent(page)}`);
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
    if (one("#source.loading")) remark("This could not be loaded.");
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
  for (const name of Object.keys(panels)) { // nothing works there any more
    if (!wide(panels[name].beside)) shut(name, false);
  }
}

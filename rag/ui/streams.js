// Runs before Gradio asks anything. One stream brings a page all that the server has to say to it;
// the server closes it when nothing is left to do. Gradio's script opens none for an event that it
// sends while that end is still on its way, and the event's answer would never be shown. So an end
// is held back while something is still to be answered, and the page goes on listening, on a stream
// that is opened in the closed one's place.
(() => {
  const request = window.fetch;
  const CLOSE = 'data: {"msg":"close_stream"}\n\n';
  const sent = new Set(); // events that the server has not yet confirmed
  const open = new Set(); // those it has, by their ids, until it tells their end
  const early = new Set(); // ended before they were confirmed

  window.fetch = (...parts) => {
    const { pathname } = new URL(parts[0]?.url ?? parts[0], location.href);
    if (pathname.endsWith("/queue/join")) return join(parts);
    return pathname.endsWith("/queue/data") ? listen(parts) : request(...parts);
  };

  async function join(parts) {
    const confirmed = confirm(parts);
    sent.add(confirmed);
    try {
      return await confirmed;
    } finally {
      sent.delete(confirmed);
    }
  }

  async function confirm(parts) {
    const answer = await request(...parts);
    const { event_id: id } = answer.ok ? await answer.clone().json() : {};
    if (id && !early.delete(id)) open.add(id);
    return answer;
  }

  async function listen(parts) {
    // What it is opened for has ended before it was confirmed: nothing more would be said there.
    if (!open.size && !sent.size) return new Response(CLOSE);
    const answer = await request(...parts);
    if (!answer.ok) return answer;
    const { readable, writable } = new TransformStream();
    pass(answer, parts, writable.getWriter());
    return new Response(readable, answer);
  }

  async function pass(answer, parts, out) {
    const encoder = new TextEncoder();
    let closed = false;
    try {
      for (;;) {
        closed = false;
        for await (const message of messages(answer.body)) {
          closed = heard(message) === "close_stream";
          if (!closed) await out.write(encoder.encode(message));
        }
        if (!closed) throw new TypeError("the stream was cut");
        const still = () => [...sent].map((one) => one.catch(() => {}));
        while (!open.size && sent.size) await Promise.race(still());
        if (!open.size) break;
        answer = await request(...parts);
        if (!answer.ok) throw new TypeError(`the stream could not be opened: ${answer.status}`);
      }
      await out.write(encoder.encode(CLOSE));
      await out.close();
    } catch (error) {
      if (!closed) open.clear(); // the server has dropped what nobody listens to
      await out.abort(error).catch(() => {});
    }
  }

  async function* messages(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let begun = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      begun.push(part.value);
      if (!part.value.includes("\n")) continue; // far from its end: a message is one long line
      const whole = begun.join("").split("\n\n");
      begun = [whole.pop()];
      for (const message of whole) yield `${message}\n\n`;
    }
    const rest = begun.join("");
    if (rest.trim()) yield rest;
  }

  function heard(message) {
    const { msg, event_id: id } = told(message);
    if (msg === "process_completed" && !open.delete(id)) early.add(id);
    return msg;
  }

  function told(message) {
    try {
      return JSON.parse(message.slice(message.indexOf("{")));
    } catch { // a comment of a proxy, or half a message: Gradio's to judge
      return {};
    }
  }
})();

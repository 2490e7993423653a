// Runs before Gradio does. One stream brings a page all that the server has to say to it; the
// server closes it when nothing is left to do. Gradio's script opens none for an event that it
// sends while that end is still on its way, and the event's answer would never be shown. So an end
// is held back until all that was sent has arrived, and where something is still to be answered
// the page goes on listening, on a stream that is opened in the closed one's place.
(() => {
  const request = window.fetch;
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
    const answer = await request(...parts);
    if (!answer.ok) return answer;
    const { readable, writable } = new TransformStream();
    pass(answer, parts, writable.getWriter());
    return new Response(readable, answer);
  }

  async function pass(answer, parts, out) {
    const encoder = new TextEncoder();
    try {
      for (let going = true; going;) {
        let end = "";
        for await (const message of messages(answer.body)) {
          if (heard(message) === "close_stream") end = message;
          else await out.write(encoder.encode(message));
        }
        while (end && sent.size) await Promise.allSettled(sent);
        going = end !== "" && open.size > 0;
        if (going) answer = await request(...parts);
        else if (end) await out.write(encoder.encode(end));
      }
      await out.close();
    } catch (error) {
      await out.abort(error).catch(() => {});
    }
  }

  async function* messages(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const whole = (text + part.value).split(/(?<=\n\n)/);
      text = whole.at(-1).endsWith("\n\n") ? "" : whole.pop();
      yield* whole;
    }
    if (text) yield text;
  }

  function heard(message) {
    const { msg, event_id: id } = JSON.parse(message.slice(message.indexOf("{")));
    if (msg === "process_completed" && !open.delete(id)) early.add(id);
    return msg;
  }
})();

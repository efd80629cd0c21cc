// Opening a playback: one custody event, then an address that may be read many times.

export class PlaybackRefused extends Error {}

export function openPlayback(recording, what) {
  return opened(`/api/v1/recordings/${encodeURIComponent(recording)}/playbacks`, { what });
}

export function openSet(session) {
  return opened(`/api/v1/room-sessions/${encodeURIComponent(session)}/playbacks`, {});
}

async function opened(address, asked) {
  const answer = await fetch(address, {
    method: "POST",
    credentials: "same-origin",
    headers: {
      "content-type": "application/json",
      "accept": "application/json, application/problem+json",
      "x-csrf-token": document.querySelector('meta[name="csrf"]').content,
    },
    body: JSON.stringify(asked),
  });
  if (!answer.ok) throw new PlaybackRefused(await problemText(answer));
  return answer.json();
}

export async function problemText(answer) {
  const type = answer.headers.get("content-type") ?? "";
  if (!type.includes("json")) return String(answer.status);
  const problem = await answer.json();
  return [answer.status, problem.code ?? problem.type, problem.detail ?? problem.title].filter(Boolean).join(" · ");
}

// Puts values into a sentence of the page's words: "{name}" stands for values.name.
export function say(sentence, values = {}) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// A set's player: every channel's segments one after the other on one clock. Two elements a channel, one shown and one
// made ready; the clock stands still while a channel that should show something cannot. The set is one look on record.
import { openSet, PlaybackRefused, say } from "./playback.js";

const READY_AHEAD_SECONDS = 6;
const SEEK_BEYOND_SECONDS = 0.3; // further off than this is mended by a jump, nearer by going a little faster or slower
const [MEND_FROM_SECONDS, MEND_TO_SECONDS, FAR_SECONDS] = [0.012, 0.003, 0.05];
const [HASTE, MORE_HASTE] = [0.05, 0.15]; // small enough that a tick that comes late does not overshoot

function prepare(root) {
  const words = JSON.parse(root.dataset.words);
  const length = Number(root.dataset.length);
  const status = document.getElementById("set-status");
  const fault = document.getElementById("set-fault");
  const [play, pause, place] = ["set-play", "set-pause", "set-place"].map((id) => document.getElementById(id));
  let opened = null;
  const figures = [...root.querySelectorAll(".channel")];
  const channels = JSON.parse(root.dataset.parts).map((parts, n) => new Channel(figures[n], parts));
  const clock = { at: 0, since: null };

  function report(text) {
    fault.textContent = text;
    fault.hidden = false;
    stop();
  }

  // One look at everything; a segment whose copy was not made yet when it was opened is not played.
  async function open() {
    const { media } = await openSet(root.dataset.session);
    for (const channel of channels) channel.give(media);
  }

  async function begin() {
    fault.hidden = true;
    status.textContent = words.opening;
    [play.hidden, pause.hidden] = [true, false];
    root.dataset.state = "opening";
    opened ??= open();
    try {
      await opened;
    } catch (error) {
      opened = null;
      report(error instanceof PlaybackRefused ? say(words.refused, { detail: error.message }) : words.unreachable);
      return;
    }
    if (root.dataset.state !== "opening") return; // paused meanwhile
    clock.since = performance.now();
    requestAnimationFrame(tick);
  }

  function stop() {
    clock.since = null;
    for (const channel of channels) channel.pause();
    [play.hidden, pause.hidden] = [false, true];
    if (root.dataset.state !== "ended") root.dataset.state = "paused";
  }

  function tick(now) {
    if (clock.since === null) return;
    if (channels.map((channel) => channel.prepare(clock.at)).every(Boolean)) {
      clock.at += Math.max(0, now - clock.since) / 1000;
      for (const channel of channels) channel.follow(clock.at);
      root.dataset.state = "playing";
      status.textContent = words.playing;
    } else {
      for (const channel of channels) channel.pause();
    }
    clock.since = now;
    place.value = String(Math.floor(clock.at));
    root.dataset.at = String(clock.at);
    document.dispatchEvent(new CustomEvent("liuhen:clock", { detail: clock.at }));
    if (clock.at < length) return requestAnimationFrame(tick);
    root.dataset.state = "ended";
    stop();
    status.textContent = words.ended;
    clock.at = 0;
  }

  play.addEventListener("click", begin);
  pause.addEventListener("click", () => {
    stop();
    status.textContent = words.paused;
  });
  place.addEventListener("input", () => {
    clock.at = Number(place.value);
    for (const channel of channels) channel.pause();
  });
  document.addEventListener("liuhen:seek", ({ detail }) => {
    clock.at = Math.min(detail.at, length);
    place.value = String(Math.floor(clock.at));
    for (const channel of channels) channel.pause();
    if (detail.play && clock.since === null) begin();
  });
  for (const [n, channel] of channels.entries()) {
    channel.onbroken = () => report(say(words.broken, { channel: n + 1 }));
  }
}

class Channel {
  constructor(figure, parts) {
    [this.shown, this.standby] = figure.querySelectorAll("video");
    this.figure = figure;
    this.parts = parts.map(([recording, start, end]) => ({ recording, start, end }));
    for (const video of [this.shown, this.standby]) {
      video.muted = figure.dataset.channel !== "1";
      video.addEventListener("error", () => video.src && this.onbroken?.());
    }
  }

  // Whether what belongs at this moment can be shown; asks for it, and for the next segment, where it was not yet.
  prepare(at) {
    const part = this.parts.find((one) => one.start <= at && at < one.end);
    const next = this.parts.find((one) => one.start > at);
    if (part && this.shown.holds !== part) {
      if (this.standby.holds !== part) this.load(this.standby, part);
      this.shown.pause();
      this.shown.hidden = true;
      [this.shown, this.standby] = [this.standby, this.shown];
    }
    this.part = part;
    this.figure.classList.toggle("missing", !part);
    this.shown.hidden = !part;
    if (!part) this.shown.pause();
    if (next && next.start - at < READY_AHEAD_SECONDS && this.standby.holds !== next) this.load(this.standby, next);
    return !part || (this.shown.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !this.shown.seeking);
  }

  give(media) {
    this.parts = this.parts.filter((part) => part.recording in media);
    for (const part of this.parts) part.media = media[part.recording];
  }

  load(video, part) {
    video.holds = part;
    video.dataset.start = String(part.start);
    video.src = part.media;
  }

  // Go with the clock: a little faster or slower where it is a little off.
  follow(at) {
    if (!this.part) return;
    const video = this.shown;
    const wanted = at - this.part.start;
    if (video.ended || wanted > video.duration) return;
    const off = wanted - video.currentTime;
    if (Math.abs(off) > SEEK_BEYOND_SECONDS) video.currentTime = wanted;
    const haste = Math.sign(off) * (Math.abs(off) > FAR_SECONDS ? MORE_HASTE : HASTE);
    const mends = Math.abs(off) > (video.playbackRate === 1 ? MEND_FROM_SECONDS : MEND_TO_SECONDS);
    if (video.playbackRate !== (mends ? 1 + haste : 1)) video.playbackRate = mends ? 1 + haste : 1;
    if (video.paused) video.play().catch(() => {});
  }

  pause() {
    this.shown.pause();
    this.standby.pause();
  }
}

const root = document.getElementById("room-set");
if (root) prepare(root);

// The access copy's player: opens the playback when asked, and says so when picture or sound is missing,
// because a browser that cannot decode one of the two plays the other without any error.
import { openPlayback, PlaybackRefused, say } from "./playback.js";

const SOUND_GRACE_SECONDS = 2;
const player = document.getElementById("player");
if (player) prepare(player);

function prepare(player) {
  const words = JSON.parse(player.dataset.words);
  const medium = player.querySelector("video, audio, img");
  const button = document.getElementById("open-playback");
  const status = document.getElementById("player-status");
  const fault = document.getElementById("player-fault");
  const report = (text) => {
    fault.textContent = text;
    fault.hidden = false;
    player.dataset.state = "fault";
  };
  watch(player, medium, words, report);
  medium.addEventListener("timeupdate", () => {
    document.dispatchEvent(new CustomEvent("liuhen:clock", { detail: medium.currentTime }));
  });
  document.addEventListener("liuhen:seek", ({ detail }) => {
    medium.currentTime = detail.at;
    if (detail.play && medium.src) medium.play();
  });
  window.addEventListener("hashchange", () => goTo(medium));
  button.addEventListener("click", async () => {
    button.disabled = true;
    fault.hidden = true;
    status.textContent = words.opening;
    try {
      const opened = await openPlayback(player.dataset.recording, "access_copy");
      medium.src = opened.media;
      medium.hidden = false;
      goTo(medium);
      status.textContent = say(words.opened, opened);
      button.hidden = true;
      player.dataset.state = "open";
      medium.focus();
    } catch (error) {
      button.disabled = false;
      status.textContent = "";
      report(error instanceof PlaybackRefused ? say(words.refused, { detail: error.message }) : words.unreachable);
    }
  });
}

// An address may name where to begin: #t=12.5, as a link from a document does.
function goTo(medium) {
  const named = /^#t=(\d+(?:\.\d+)?)$/.exec(window.location.hash);
  if (medium.tagName === "IMG" || !named) return;
  const start = () => { medium.currentTime = Number(named[1]); };
  if (medium.readyState > 0) start();
  else medium.addEventListener("loadedmetadata", start, { once: true });
}

function watch(player, medium, words, report) {
  medium.addEventListener("error", () => report(say(words.broken, { detail: medium.error?.code ?? "?" })));
  if (medium.tagName === "IMG") return;
  if (player.dataset.video === "yes") {
    medium.addEventListener("loadedmetadata", () => {
      if (!(medium.videoWidth > 0)) report(words.no_picture);
      else player.dataset.picture = "seen";
    });
  }
  if (player.dataset.audio === "yes") watchSound(player, medium, words, report);
  followWaveform(player.querySelector(".waveform"), medium);
}

function watchSound(player, medium, words, report) {
  const soundFrom = Number(player.dataset.audioFrom) / 1e6;
  const judge = () => {
    if (player.dataset.sound) return;
    const heard = soundDecoded(medium);
    if (heard) player.dataset.sound = "heard";
    else if (heard === false && (medium.ended || medium.currentTime > soundFrom + SOUND_GRACE_SECONDS)) {
      player.dataset.sound = "missing";
      report(words.no_sound);
    }
  };
  for (const moment of ["timeupdate", "ended"]) medium.addEventListener(moment, judge);
}

// true, false, or null where the browser offers no way to know.
function soundDecoded(medium) {
  if (typeof medium.webkitAudioDecodedByteCount === "number") return medium.webkitAudioDecodedByteCount > 0;
  if (typeof medium.mozHasAudio === "boolean") return medium.mozHasAudio;
  if (medium.audioTracks) return medium.audioTracks.length > 0;
  return null;
}

function followWaveform(waveform, medium) {
  if (!waveform) return;
  const width = waveform.viewBox.baseVal.width;
  const head = waveform.querySelector(".waveform-head");
  medium.addEventListener("timeupdate", () => {
    const x = medium.duration > 0 ? (medium.currentTime / medium.duration) * width : 0;
    head.setAttribute("x1", x);
    head.setAttribute("x2", x);
  });
  waveform.addEventListener("click", (event) => {
    const box = waveform.getBoundingClientRect();
    if (medium.duration > 0) medium.currentTime = ((event.clientX - box.left) / box.width) * medium.duration;
  });
}

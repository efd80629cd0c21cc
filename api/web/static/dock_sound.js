// The chime for a recorder that may be taken: two rising tones, loud enough for a room.
export const CHIME_SECONDS = 1.2;
const TONES = [[880, 0], [1318.5, 0.35]];
const LOUD = 0.6;

/** Sounds once on this audio context, which must be running. @param {BaseAudioContext} context */
export function chime(context) {
  for (const [frequency, after] of TONES) {
    const begins = context.currentTime + after;
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(LOUD, begins);
    gain.gain.exponentialRampToValueAtTime(0.001, begins + CHIME_SECONDS - 0.35);
    tone.connect(gain).connect(context.destination);
    tone.start(begins);
    tone.stop(begins + CHIME_SECONDS - 0.35);
  }
}

// C2SP: verification keys, signed notes with Ed25519 signatures and cosignatures, checkpoints.
import { equal, Fault, fromBase64, hex, sha256, utf8 } from "./bytes.js";
import { isSignature, isWeak } from "./ed25519.js";
import { emptyRoot } from "./merkle.js";

const NOTE_LIMIT = 65536;
export const ED25519 = 1;
export const COSIGNATURE = 4;
const KEY_LENGTH = 33;
const NAME_LIMIT = 255;
// White space as Go and Python know it, which JavaScript's \s is not quite; and the plus sign.
const NOT_IN_NAME = /[+\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/u;

/** @typedef {{name: string, id: string, kind: number, public: Uint8Array, text: string}} Key */

/**
 * A key as `name+id+base64` with nothing around it; only Ed25519 kinds are known here.
 * @param {string} untrustedKey @returns {Key}
 */
export function parseKey(untrustedKey) {
  const match = /^([^+ ]+)\+([0-9a-f]{8})\+(.+)$/u.exec(untrustedKey);
  if (!match || [...match[1]].length > NAME_LIMIT || !isPrintable(match[1])) throw new Fault("key_form");
  const typed = fromBase64(match[3]);
  if ((typed[0] !== ED25519 && typed[0] !== COSIGNATURE) || typed.length !== KEY_LENGTH) throw new Fault("key_kind");
  if (isWeak(typed.slice(1))) throw new Fault("key_weak");
  const id = sha256(utf8(match[1]), Uint8Array.of(10), typed).slice(0, 4);
  if (hex(id) !== match[2]) throw new Fault("key_id");
  return { name: match[1], id: match[2], kind: typed[0], public: typed.slice(1), text: untrustedKey };
}

/** No control character, no separator but the space, nothing that the browser's version of Unicode does not assign. */
export const isPrintable = (text) => !/\p{C}|[^\P{Z} ]/u.test(text);

/** A key that may sign as a log. @returns {Key} */
export function parseLogKey(untrustedKey) {
  const key = parseKey(untrustedKey);
  if (key.kind !== ED25519) throw new Fault("key_kind");
  return key;
}

/**
 * Opens a note: an unknown key is passed over, a known one whose signature is wrong refuses the note.
 * @param {string} untrustedNote
 * @param {Key[]} keys
 * @returns {{text: string, signers: Key[], cosignatures: {key: Key, time: bigint}[]}}
 */
export function openNote(untrustedNote, keys) {
  const { text, lines } = splitNote(untrustedNote);
  const signers = [];
  const cosignatures = [];
  for (const line of lines) {
    const key = keys.find((known) => known.name === line.name && known.id === line.id);
    if (!key) continue;
    if (signers.includes(key)) throw new Fault("note_twice", { name: key.name });
    if (key.kind === COSIGNATURE) cosignatures.push({ key, time: verifyCosignature(line.signature, text, key) });
    else verifySignature(line.signature, text, key);
    signers.push(key);
  }
  if (signers.length === 0) throw new Fault("note_unsigned", { key: keys.map((key) => key.id).join(", ") });
  return { text, signers, cosignatures };
}

/** A note's text from its bytes, none of them replaced or left out. @param {Uint8Array} untrustedNote */
export function decodeNote(untrustedNote) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(untrustedNote);
  } catch {
    throw new Fault("note_form");
  }
}

function splitNote(untrustedNote) {
  if (utf8(untrustedNote).length > NOTE_LIMIT || !untrustedNote.isWellFormed()) throw new Fault("note_form");
  const split = untrustedNote.lastIndexOf("\n\n");
  if (split < 0 || !untrustedNote.endsWith("\n") || split + 2 >= untrustedNote.length) throw new Fault("note_form");
  if (/[\x00-\x09\x0b-\x1f]/.test(untrustedNote)) throw new Fault("note_form");
  const lines = untrustedNote.slice(split + 2, -1).split("\n");
  return { text: untrustedNote.slice(0, split + 1), lines: lines.map(signatureLine) };
}

function signatureLine(line) {
  const match = /^\u2014 ([^ ]+) ([A-Za-z0-9+/]+=*)$/u.exec(line);
  if (!match || NOT_IN_NAME.test(match[1])) throw new Fault("note_lines");
  const bytes = fromBase64(match[2]);
  if (bytes.length < 5) throw new Fault("note_lines");
  return { name: match[1], id: hex(bytes.slice(0, 4)), signature: bytes.slice(4) };
}

function verifySignature(signature, text, key) {
  if (!isSignature(key.public, utf8(text), signature)) throw new Fault("signature", { name: key.name });
}

// tlog-cosignature: u64 time, then the signature over "cosignature/v1\ntime <t>\n" and the note's text.
function verifyCosignature(timed, text, key) {
  if (timed.length !== 72) throw new Fault("signature", { name: key.name });
  const time = new DataView(timed.buffer, timed.byteOffset).getBigUint64(0);
  if (time >= 1n << 63n) throw new Fault("signature", { name: key.name });
  verifySignature(timed.slice(8), `cosignature/v1\ntime ${time}\n${text}`, key);
  return time;
}

/** A checked note's three lines; the log itself must be among the signers (Ed25519, key name = origin). */
export function parseCheckpoint(verified) {
  const match = /^([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]+=*)\n$/.exec(verified.text);
  if (!match) throw new Fault("checkpoint_form");
  const size = Number(match[2]);
  if (!Number.isSafeInteger(size)) throw new Fault("checkpoint_form");
  const log = verified.signers.find((key) => key.name === match[1] && key.kind === ED25519);
  if (!log) throw new Fault("checkpoint_origin");
  const root = fromBase64(match[3], 32);
  if (size === 0 && !equal(root, emptyRoot())) throw new Fault("checkpoint_form");
  return { origin: match[1], size, root, log };
}

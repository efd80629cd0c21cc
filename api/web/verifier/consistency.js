// Checkpoints the reader saved earlier: do they and the receipt's belong to one history?
import { equal, Fault, fromBase64 } from "./bytes.js";
import { requireMembers } from "./entry.js";
import { verifyConsistency } from "./merkle.js";
import { openNote, parseCheckpoint } from "./note.js";

const PROOF_LIMIT = 64;
const FILE_LIMIT = 524288;
const MEMBERS = ["kind", "new", "old", "proof", "v"];

/**
 * Each saved checkpoint either has the receipt's size, then the roots must be equal, or a consistency file links the
 * two. Without saved checkpoints the other end of each consistency file is taken for one.
 */
export async function checkSaved(checkpoint, { saved, consistency }, logs, step) {
  if (saved.length + consistency.length === 0) return;
  const open = (note) => parseCheckpoint(openNote(note, logs));
  const links = consistency.map((file) => () => readLink(file, open));
  const held = saved.length > 0 ? saved.map((note) => () => open(note)) : links.map((link) => () => farEnd(link(), checkpoint));
  for (const read of held) {
    await step("saved", () => compare(read(), checkpoint, links.map((link) => link())));
  }
}

function compare(other, checkpoint, links) {
  const values = { saved: other.size, size: checkpoint.size };
  const agrees = isSameHistory(other, checkpoint, links);
  return agrees ? { detail: ["saved_agrees", values] } : { outcome: "unchecked", detail: ["saved_open", values] };
}

function isSameHistory(other, checkpoint, links) {
  if (other.origin !== checkpoint.origin) throw new Fault("saved_origin", { origin: other.origin });
  if (other.size === checkpoint.size) {
    if (!isSame(other, checkpoint)) throw new Fault("saved_fork", { size: other.size });
    return true;
  }
  const [older, newer] = other.size < checkpoint.size ? [other, checkpoint] : [checkpoint, other];
  for (const link of links) {
    const ends = link.older.size === older.size && link.newer.size === newer.size;
    if (!ends) continue;
    if (!isSame(link.older, older) || !isSame(link.newer, newer)) throw new Fault("saved_fork", { size: older.size });
    return true;
  }
  return false;
}

const isSame = (left, right) =>
  left.origin === right.origin && left.size === right.size && equal(left.root, right.root);

function farEnd(link, checkpoint) {
  return isSame(link.older, checkpoint) ? link.newer : link.older;
}

function readLink(untrustedFile, open) {
  if (untrustedFile.length > FILE_LIMIT) throw new Fault("consistency_file");
  let members;
  try {
    members = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(untrustedFile));
  } catch {
    throw new Fault("consistency_file");
  }
  requireMembers(members, MEMBERS, "consistency_file");
  const { kind, proof, v } = members;
  const texts = typeof members.old === "string" && typeof members.new === "string";
  const listed = Array.isArray(proof) && proof.length <= PROOF_LIMIT;
  if (kind !== "consistency" || v !== 1 || !texts || !listed) throw new Fault("consistency_file");
  const [older, newer] = [members.old, members.new].map(open);
  if (older.origin !== newer.origin) throw new Fault("saved_origin", { origin: newer.origin });
  verifyConsistency(older, newer, proof.map((hash) => fromBase64(hash, 32)));
  return { older, newer };
}

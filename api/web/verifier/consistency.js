// Checkpoints the reader saved earlier: do they and the receipt's belong to one history?
import { equal, Fault, fromBase64 } from "./bytes.js";
import { requireMembers } from "./entry.js";
import { readJson } from "./json.js";
import { verifyConsistency } from "./merkle.js";
import { decodeNote, openNote, parseCheckpoint } from "./note.js";

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
  const given = saved.map((note) => () => open(decodeNote(note)));
  const held = given.length > 0 ? given : links.map((link) => () => farEnd(link(), checkpoint));
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
  const ends = other.size < checkpoint.size ? [other, checkpoint] : [checkpoint, other];
  const link = links.find(({ older, newer }) => [older, newer].every((end, at) => isOfSize(end, ends[at])));
  if (link === undefined) return false;
  if (!isSame(link.older, ends[0])) throw new Fault("saved_fork", { size: ends[0].size });
  if (!isSame(link.newer, ends[1])) throw new Fault("saved_fork", { size: ends[1].size });
  verifyConsistency(link.older, link.newer, link.proof);
  return true;
}

const isOfSize = (left, right) => left.origin === right.origin && left.size === right.size;
const isSame = (left, right) => isOfSize(left, right) && equal(left.root, right.root);

function farEnd(link, checkpoint) {
  return isSame(link.older, checkpoint) ? link.newer : link.older;
}

/** A consistency file's checkpoints, signed as `open` wants it, and its hashes, which are not looked at yet. */
export function readLink(untrustedFile, open) {
  if (untrustedFile.length > FILE_LIMIT) throw new Fault("consistency_file");
  const members = readJson(untrustedFile, "consistency_file");
  requireMembers(members, MEMBERS, "consistency_file");
  const { kind, proof, v } = members;
  const texts = typeof members.old === "string" && typeof members.new === "string";
  const listed = Array.isArray(proof) && proof.length <= PROOF_LIMIT;
  if (kind !== "consistency" || v !== 1 || !texts || !listed) throw new Fault("consistency_file");
  const [older, newer] = [members.old, members.new].map(open);
  return { older, newer, proof: proof.map((hash) => fromBase64(hash, 32)) };
}

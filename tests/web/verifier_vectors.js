// Gives the tests what stands inside the one-file verifier: each reader by the name of its vectors.
import { Fault, fromBase64, hex } from "./bytes.js";
import { verify } from "./checks.js";
import { readLink } from "./consistency.js";
import { parseCanonical } from "./entry.js";
import { fileHasher } from "./hashing.js";
import { leafHash, verifyConsistency } from "./merkle.js";
import { decodeNote, openNote, parseCheckpoint, parseKey, parseLogKey } from "./note.js";
import { isMet, keysOf, linesOf, parsePolicy, policyOfLog } from "./policy.js";
import { stampedTime } from "./timestamp.js";

const told = ({ origin, size, root }) => [origin, size, hex(root)];

function readersOf({ key, lines, message, recording }) {
  const log = parseLogKey(key);
  const policy = parsePolicy(lines);
  const open = (note) => parseCheckpoint(openNote(note, [log]));
  const report = (trust) => async (receipt) => reportOf(receipt, trust, fromBase64(recording));
  return {
    canonical: (bytes) => {
      parseCanonical(bytes);
      return hex(leafHash(bytes));
    },
    note: (bytes) => openNote(decodeNote(bytes), [log]).text,
    checkpoint: (bytes) => told(open(decodeNote(bytes))),
    vkey: (bytes) => parseKey(decodeNote(bytes)).id,
    cosigned: (bytes) => {
      const note = openNote(decodeNote(bytes), keysOf(policy));
      const times = note.cosignatures.map((one) => [one.key.name, Number(one.time)]);
      return [...told(parseCheckpoint(note)), times, linesOf(policy, note.signers), isMet(policy, note.signers)];
    },
    policy: (bytes) => {
      const found = parsePolicy(decodeNote(bytes));
      return [found.logs.length, [...found.witnesses.keys()], found.quorum];
    },
    consistency: (bytes) => {
      const { older, newer, proof } = readLink(bytes, open);
      verifyConsistency(older, newer, proof);
      return [older.size, newer.size];
    },
    timestamp: (bytes) => stampedTime(bytes, message),
    receipt: report({ policy: policyOfLog(log), own: true }),
    trusted: report({ policy, own: true }),
    claimed: report(null),
  };
}

async function reportOf(receipt, trust, recording) {
  const given = { receipt, trust, file: { size: recording.length }, saved: [], consistency: [] };
  const readFile = async (_, algorithms) => {
    const hasher = await fileHasher(algorithms);
    hasher.update(recording);
    return hasher.finish();
  };
  const { steps, verdict, grade, lines, notProven } = await verify(given, { settle() {}, requireReadable() {}, readFile });
  return { steps: steps.map((step) => [step.name, step.outcome]), verdict, grade, lines, notProven };
}

/** What each (kind, base64) says, or its fault; anything thrown that is no Fault ends the test. */
globalThis.readAll = async ({ given, files }) => {
  const readers = readersOf(given);
  const found = [];
  for (const [kind, encoded] of files) {
    try {
      found.push({ says: await readers[kind](fromBase64(encoded)) });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      found.push({ fault: error.code });
    }
  }
  return found;
};

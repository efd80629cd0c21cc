// Checks inclusion and checkpoint with npm's @sigstore/verify, which shares no code with Liuhen.
// Standard input: {modules, key: {name, id, spki}, cases: [{note, entry, index, proof}]}; standard output: ["ok" | fault].
const crypto = require("node:crypto");
const path = require("node:path");

const given = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const tlog = path.join(given.modules, "@sigstore", "verify", "dist", "tlog");
const { verifyCheckpoint } = require(path.join(tlog, "checkpoint.js"));
const { verifyMerkleInclusion } = require(path.join(tlog, "merkle.js"));
const bytes = (text) => Buffer.from(text, "base64");
const logs = [{
  baseURL: given.key.name,
  logID: bytes(given.key.id),
  publicKey: crypto.createPublicKey({ key: bytes(given.key.spki), format: "der", type: "spki" }),
}];

function check(one) {
  const entry = {
    canonicalizedBody: bytes(one.entry),
    inclusionProof: {
      logIndex: String(one.index), hashes: one.proof.map(bytes), checkpoint: { envelope: one.note },
    },
  };
  try {
    verifyMerkleInclusion(entry, verifyCheckpoint(entry, logs));
    return "ok";
  } catch (fault) {
    return fault.code === "TLOG_INCLUSION_PROOF_ERROR" ? fault.message : `crashed: ${fault}`;
  }
}

process.stdout.write(JSON.stringify(given.cases.map(check)));

// Ed25519 verification (RFC 8032, section 5.1.7) with noble's points: decides each case as the command and OpenSSL do.
// noble's own verify multiplies by the cofactor, so that whoever holds a crooked key could make a signature that one
// verifier accepts and another refuses. Public data only: nothing here needs to be constant in time.
import { equal } from "./bytes.js";
import "./vendor/sha512.umd.min.js";
import * as noble from "./vendor/noble-ed25519.js";

const sha512State = await globalThis.hashwasm.createSHA512();
const { p: P, n: L } = noble.Point.CURVE();
const SIGN = 1n << 255n;

/** @param {Uint8Array} key 32 bytes @param {Uint8Array} message @param {Uint8Array} signature @returns {boolean} */
export function isSignature(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  const point = decode(key);
  const scalar = littleEndian(signature.subarray(32));
  if (point === null || scalar >= L) return false;
  const first = signature.subarray(0, 32);
  const digest = sha512State.init().update(first).update(key).update(message).digest("binary");
  const challenge = littleEndian(digest) % L;
  const { BASE } = noble.Point;
  const found = BASE.multiply(scalar, false).subtract(point.multiply(challenge, false));
  return equal(found.toBytes(), first); // byte by byte: only R's canonical spelling passes
}

/** A key under which anyone can sign, or whose spelling verifiers disagree about. @param {Uint8Array} key */
export function isWeak(key) {
  if (littleEndian(key) % SIGN >= P) return true;
  return decode(key)?.isSmallOrder() ?? false;
}

function decode(key) {
  try {
    return noble.Point.fromBytes(key, true);
  } catch {
    return null;
  }
}

function littleEndian(bytes) {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

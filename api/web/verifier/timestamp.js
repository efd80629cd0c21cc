// RFC 3161 responses: what they say and what they are about. Their signatures are NOT checked here.
import { equal, Fault, hex, sha256, utf8 } from "./bytes.js";

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const OCTETS = 0x04;
const OID = 0x06;
const GENERALIZED_TIME = 0x18;
const BOOLEAN = 0x01;
const BITS = 0x03;
const NULL = 0x05;
const CONTEXT = 0xa0;
const SIGNED_DATA = "2a864886f70d010702";
const TST_INFO = "2a864886f70d0109100104";
const SHA256 = "608648016503040201";
const LIMIT = 65536;
const NUMBER_LIMIT = 64;

/**
 * The time an authority is said to have seen exactly these bytes.
 * @param {Uint8Array} untrustedResponse DER TimeStampResp
 * @param {string} message the checkpoint, signatures and all
 * @returns {string} genTime in ISO form; unproven: nobody's signature is checked
 */
export function stampedTime(untrustedResponse, message) {
  if (untrustedResponse.length > LIMIT) throw new Fault("stamp_form");
  const outer = reader(signedContent(untrustedResponse));
  const info = outer.open(SEQUENCE);
  outer.end();
  if (info.integer() !== "01") throw new Fault("stamp_form");
  info.identifier();
  requireImprint(info.open(SEQUENCE), message);
  info.integer();
  const time = readTime(new TextDecoder("latin1").decode(info.take(GENERALIZED_TIME)));
  info.takeIf(SEQUENCE); // accuracy
  info.takeIf(BOOLEAN); // ordering
  if (info.stands(INTEGER)) info.integer(); // nonce
  info.takeIf(CONTEXT); // the authority's name
  info.takeIf(CONTEXT + 1); // extensions
  info.end();
  return time;
}

function requireImprint(imprint, message) {
  const algorithm = imprint.open(SEQUENCE);
  if (algorithm.identifier() !== SHA256) throw new Fault("stamp_digest");
  if (algorithm.takeIf(NULL).length > 0) throw new Fault("stamp_form");
  algorithm.end();
  if (!equal(imprint.take(OCTETS), sha256(utf8(message)))) throw new Fault("stamp_other");
  imprint.end();
}

// The TSTInfo inside the token's SignedData; its signers are only seen to be there.
function signedContent(untrustedResponse) {
  const outer = reader(untrustedResponse);
  const response = outer.open(SEQUENCE);
  outer.end();
  requireGranted(response.open(SEQUENCE));
  const token = response.open(SEQUENCE);
  response.end();
  if (token.identifier() !== SIGNED_DATA) throw new Fault("stamp_form");
  const signed = token.only(CONTEXT).open(SEQUENCE);
  token.end();
  signed.integer();
  signed.take(SET);
  const encapsulated = signed.open(SEQUENCE);
  if (encapsulated.identifier() !== TST_INFO) throw new Fault("stamp_form");
  const content = encapsulated.only(CONTEXT).take(OCTETS);
  encapsulated.end();
  signed.takeIf(CONTEXT);
  signed.takeIf(CONTEXT + 1);
  if (signed.take(SET).length === 0) throw new Fault("stamp_form");
  signed.end();
  return content;
}

// "Granted with modifications" is not what was asked for.
function requireGranted(status) {
  const value = status.integer();
  status.takeIf(SEQUENCE);
  status.takeIf(BITS);
  status.end();
  if (value !== "00") throw new Fault("stamp_status");
}

function readTime(text) {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,17}[1-9]))?Z$/.exec(text);
  if (!match || match[1] === "0000") throw new Fault("stamp_form");
  const [, year, month, day, hour, minute, second, fraction] = match;
  const at = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const date = new Date(`${at}Z`);
  if (Number.isNaN(date.valueOf()) || date.toISOString().slice(0, 19) !== at) throw new Fault("stamp_form");
  return `${at}${fraction === undefined ? "" : `.${fraction}`}Z`;
}

// A strict DER reader: definite lengths and numbers in their shortest form, nothing beyond the end.
function reader(bytes) {
  let at = 0;
  const stands = (tag) => bytes[at] === tag;
  const take = (tag) => {
    if (!stands(tag)) throw new Fault("stamp_form");
    const [start, size] = lengthAt(bytes, at + 1);
    if (start + size > bytes.length) throw new Fault("stamp_form");
    at = start + size;
    return bytes.subarray(start, at);
  };
  const end = () => {
    if (at !== bytes.length) throw new Fault("stamp_form");
  };
  const open = (tag) => reader(take(tag));
  return {
    stands, take, end, open,
    takeIf: (tag) => (stands(tag) ? take(tag) : new Uint8Array(0)),
    only: (tag) => holdingOne(take(tag)),
    integer: () => checkedInteger(take(INTEGER)),
    identifier: () => checkedIdentifier(take(OID)),
  };
}

// An explicit tag holds exactly one element.
function holdingOne(bytes) {
  const inner = reader(bytes);
  const one = (tag) => {
    const taken = inner.take(tag);
    inner.end();
    return taken;
  };
  return { take: one, open: (tag) => reader(one(tag)) };
}

function lengthAt(bytes, at) {
  if (at >= bytes.length) throw new Fault("stamp_form");
  const first = bytes[at];
  if (first < 0x80) return [at + 1, first];
  const count = first & 0x7f;
  if (count < 1 || count > 4 || at + 1 + count > bytes.length) throw new Fault("stamp_form");
  const size = bytes.subarray(at + 1, at + 1 + count).reduce((value, byte) => value * 256 + byte, 0);
  if (size < 0x80 || size < 256 ** (count - 1)) throw new Fault("stamp_form");
  return [at + 1 + count, size];
}

function checkedInteger(bytes) {
  const padded = bytes.length > 1 && (bytes[0] === 0 || bytes[0] === 0xff) && bytes[0] >> 7 === bytes[1] >> 7;
  if (bytes.length === 0 || bytes.length > NUMBER_LIMIT || padded) throw new Fault("stamp_form");
  return hex(bytes);
}

function checkedIdentifier(bytes) {
  const padded = bytes.some((byte, at) => byte === 0x80 && (at === 0 || bytes[at - 1] < 0x80));
  if (bytes.length === 0 || bytes.length > NUMBER_LIMIT || bytes.at(-1) >= 0x80 || padded) throw new Fault("stamp_form");
  return hex(bytes);
}

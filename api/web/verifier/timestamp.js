// RFC 3161 responses: what they say and what they are about. Their signatures are NOT checked here.
import { equal, Fault, hex, sha256, utf8 } from "./bytes.js";

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const OCTETS = 0x04;
const OID = 0x06;
const GENERALIZED_TIME = 0x18;
const BOOLEAN = 0x01;
const NULL = 0x05;
const CONTEXT = 0xa0;
const SIGNED_DATA = "2a864886f70d010702";
const TST_INFO = "2a864886f70d0109100104";
const SHA256 = "608648016503040201";
const LIMIT = 65536;

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
  if (hex(info.take(INTEGER)) !== "01") throw new Fault("stamp_form");
  info.take(OID);
  requireImprint(info.open(SEQUENCE), message);
  info.take(INTEGER);
  const time = readTime(new TextDecoder("ascii").decode(info.take(GENERALIZED_TIME)));
  for (const tag of [SEQUENCE, BOOLEAN, INTEGER, CONTEXT, CONTEXT + 1]) info.takeIf(tag);
  info.end();
  return time;
}

function requireImprint(imprint, message) {
  const algorithm = imprint.open(SEQUENCE);
  if (hex(algorithm.take(OID)) !== SHA256) throw new Fault("stamp_digest");
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
  const status = hex(response.open(SEQUENCE).take(INTEGER));
  if (status !== "00" && status !== "01") throw new Fault("stamp_status");
  const token = response.open(SEQUENCE);
  response.end();
  if (hex(token.take(OID)) !== SIGNED_DATA) throw new Fault("stamp_form");
  const signed = token.open(CONTEXT).open(SEQUENCE);
  token.end();
  signed.take(INTEGER);
  signed.take(SET);
  const encapsulated = signed.open(SEQUENCE);
  if (hex(encapsulated.take(OID)) !== TST_INFO) throw new Fault("stamp_form");
  const content = encapsulated.open(CONTEXT).take(OCTETS);
  signed.takeIf(CONTEXT);
  signed.takeIf(CONTEXT + 1);
  if (signed.take(SET).length === 0) throw new Fault("stamp_form");
  signed.end();
  return content;
}

function readTime(text) {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{0,8}[1-9]))?Z$/.exec(text);
  if (!match) throw new Fault("stamp_form");
  const [, year, month, day, hour, minute, second, fraction] = match;
  const at = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const date = new Date(`${at}Z`);
  if (Number.isNaN(date.valueOf()) || date.toISOString().slice(0, 19) !== at) throw new Fault("stamp_form");
  return `${at}${fraction === undefined ? "" : `.${fraction}`}Z`;
}

// A strict DER reader: definite lengths in their shortest form, nothing beyond the end.
function reader(bytes) {
  let at = 0;
  const byte = () => {
    if (at >= bytes.length) throw new Fault("stamp_form");
    return bytes[at++];
  };
  const length = () => {
    const first = byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count === 0 || count > 3) throw new Fault("stamp_form");
    let value = 0;
    for (let left = count; left > 0; left -= 1) value = value * 256 + byte();
    if (value < 0x80 || value < 256 ** (count - 1)) throw new Fault("stamp_form");
    return value;
  };
  const take = (tag) => {
    if (byte() !== tag) throw new Fault("stamp_form");
    const size = length();
    if (at + size > bytes.length) throw new Fault("stamp_form");
    at += size;
    return bytes.subarray(at - size, at);
  };
  return {
    take,
    takeIf: (tag) => (bytes[at] === tag ? take(tag) : new Uint8Array(0)),
    open: (tag) => reader(take(tag)),
    end() {
      if (at !== bytes.length) throw new Fault("stamp_form");
    },
  };
}

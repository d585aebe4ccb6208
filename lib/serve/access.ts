/**
 * Who may do what: bearer tokens.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { isLoopback, type ServeSettings } from "./options.ts";

/** What a caller may do. */
export type Access = "none" | "read" | "write";

/** Prefix of the WebSocket subprotocol that carries a token: browsers cannot send headers with an upgrade. */
const PROTOCOL_PREFIX = "absurd.bearer.";

/** Judges callers. */
export class AccessControl {
  readonly #token?: Uint8Array;
  readonly #readToken?: Uint8Array;
  readonly #anonymous: Access;
  readonly #readOnly: boolean;

  /** On loopback everybody may read, unless a token for reading was set. */
  constructor({ token, readToken, hostname, readOnly }: ServeSettings) {
    this.#token = token === undefined ? undefined : digest(token);
    this.#readToken = readToken === undefined ? undefined : digest(readToken);
    this.#anonymous = isLoopback(hostname) && readToken === undefined ? "read" : "none";
    this.#readOnly = readOnly;
  }

  /** Whether anybody may write. */
  get writable(): boolean {
    return this.#token !== undefined && !this.#readOnly;
  }

  /** What the sender of a request may do; `denied` when it named a token that is none. */
  judge(request: Request): Access | "denied" {
    const token = tokenOf(request);
    if (token === undefined) return this.#anonymous;
    const given = digest(token);
    // Both are compared, each in constant time.
    const isWriter = this.#token !== undefined && timingSafeEqual(given, this.#token);
    const isReader = this.#readToken !== undefined && timingSafeEqual(given, this.#readToken);
    if (isWriter) return this.#readOnly ? "read" : "write";
    return isReader ? "read" : "denied";
  }
}

/** Digests have one length, whatever the length of what was sent. */
function digest(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}

function tokenOf(request: Request): string | undefined {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (bearer !== undefined) return bearer;
  const offered = protocolsOf(request).find((protocol) => protocol.startsWith(PROTOCOL_PREFIX));
  return offered?.slice(PROTOCOL_PREFIX.length);
}

/** The subprotocols that a WebSocket client offers. */
export function protocolsOf(request: Request): string[] {
  const header = request.headers.get("sec-websocket-protocol") ?? "";
  return header.split(",").map((protocol) => protocol.trim()).filter((protocol) => protocol !== "");
}

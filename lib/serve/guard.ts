/**
 * Requests that are turned away before anybody reads them: foreign hosts and origins, too large, too many.
 *
 * @module
 */

import { parseExactJson } from "../exact_json.ts";
import { storableJson, UnstorableValueError } from "../json.ts";
import type { JsonValue } from "../task.ts";
import { isLoopback, type ServeSettings } from "./options.ts";
import { HttpError } from "./responses.ts";

const MAX_HEADER_BYTES = 16 * 1024;
const MAX_URL_LENGTH = 4 * 1024;
const MAX_BODY_BYTES = 2 * 1024 * 1024;
/** Failed logins that one address may make in a minute. */
const MAX_DENIED = 20;
const BURST = 3;
const MAX_ADDRESSES = 10_000;

/** Guards the door. */
export class Guard {
  readonly #hosts: ReadonlySet<string>;
  readonly #requests: Buckets;
  readonly #denied = new Buckets(MAX_DENIED / 60, MAX_DENIED);

  /** Nobody has come yet. */
  constructor({ hostname, allowedHosts, requestsPerSec }: ServeSettings) {
    this.#hosts = new Set(["localhost", hostname, ...allowedHosts].map((name) => name.toLowerCase()));
    this.#requests = new Buckets(requestsPerSec, requestsPerSec * BURST);
  }

  /**
   * Looks at a request's head.
   *
   * @param address Where it came from.
   * @throws HttpError when it is refused.
   */
  check(request: Request, address: string): void {
    if (!this.#requests.take(address)) {
      throw new HttpError(429, "Too many requests", { headers: { "retry-after": "1" } });
    }
    if (request.url.length > MAX_URL_LENGTH) throw new HttpError(414, "The address is too long");
    let bytes = 0;
    for (const [name, value] of request.headers) bytes += name.length + value.length;
    if (bytes > MAX_HEADER_BYTES) throw new HttpError(431, "The headers are too large");
    this.#checkHost(request);
    this.#checkOrigin(request);
  }

  /** A name that is not ours is one that somebody else made point to us (DNS rebinding). */
  #checkHost(request: Request): void {
    const host = request.headers.get("host") ?? new URL(request.url).host;
    const name = host.replace(/:\d+$/, "").toLowerCase();
    if (this.#hosts.has(name) || isAddress(name)) return;
    throw new HttpError(421, `This server does not go by the name ${name.slice(0, 100)}`, {
      hint: "Start it with --allow-host for each name that people call it by",
    });
  }

  #checkOrigin(request: Request): void {
    const origin = request.headers.get("origin");
    if (origin === null) return;
    const host = request.headers.get("host") ?? new URL(request.url).host;
    if (URL.canParse(origin) && new URL(origin).host === host) return;
    throw new HttpError(403, `Pages of ${origin.slice(0, 100)} may not call this server`);
  }

  /**
   * Counts a wrong token.
   *
   * @throws HttpError always.
   */
  deny(address: string): never {
    if (this.#denied.take(address)) {
      throw new HttpError(401, "The token is not known", { headers: { "www-authenticate": "Bearer" } });
    }
    throw new HttpError(429, "Too many wrong tokens", { headers: { "retry-after": "60" } });
  }
}

function isAddress(name: string): boolean {
  return isLoopback(name) || /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
}

/** Token buckets by address. */
class Buckets {
  readonly #perSec: number;
  readonly #size: number;
  readonly #buckets = new Map<string, { left: number; atMs: number }>();

  constructor(perSec: number, size: number) {
    this.#perSec = perSec;
    this.#size = size;
  }

  take(key: string): boolean {
    const nowMs = performance.now();
    const bucket = this.#buckets.get(key) ?? { left: this.#size, atMs: nowMs };
    bucket.left = Math.min(this.#size, bucket.left + (nowMs - bucket.atMs) / 1000 * this.#perSec);
    bucket.atMs = nowMs;
    this.#buckets.delete(key); // so that the first in the map is the one that was silent for longest
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > MAX_ADDRESSES) this.#buckets.delete(this.#buckets.keys().next().value!);
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }
}

/**
 * The JSON object in the body of a request.
 *
 * @throws HttpError when it is of another type, too large, no object, or holds what the database cannot store.
 */
export async function readBody(request: Request): Promise<Record<string, unknown>> {
  // A form of another site cannot send this type unasked.
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    throw new HttpError(415, "The body must be JSON", { hint: "Send content-type: application/json" });
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new HttpError(413, `The body is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  const text = new TextDecoder().decode(await new Blob(chunks as BlobPart[]).arrayBuffer());
  const value = parse(text.trim() === "" ? "{}" : text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new HttpError(400, "The body must be a JSON object");
}

function parse(text: string): JsonValue {
  try {
    const value = parseExactJson(text);
    storableJson(value, "body");
    return value;
  } catch (error) {
    if (error instanceof UnstorableValueError) throw new HttpError(400, error.message);
    throw new HttpError(400, `The body is no JSON: ${(error as Error).message}`);
  }
}

/**
 * A server on a database of its own, and callers of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { AbsurdConfig } from "../../../lib/config.ts";
import type { Database } from "../../../lib/database.ts";
import type { ServeEvent } from "../../../lib/serve/events.ts";
import type { ServeOptions } from "../../../lib/serve/options.ts";
import { AbsurdServer } from "../../../lib/serve/server.ts";
import { withDatabase } from "../../support/database.ts";

/** Token of the tests that may write. */
export const TOKEN = "a-token-that-may-write";
/** Token of the tests that may read. */
export const READ_TOKEN = "a-token-that-may-read";

/** A running server. */
export interface RunningServer {
  /** The database behind it. */
  readonly database: Database;
  /** Where it listens, with a slash at the end. */
  readonly url: string;
  /** What it told. */
  readonly told: readonly ServeEvent[];
  /** Calls it, and returns status and document. */
  call(path: string, init?: CallInit): Promise<{ status: number; headers: Headers; body: Body }>;
}

/** What was answered, as far as a test wants to know. */
// deno-lint-ignore no-explicit-any -- documents of many shapes, looked at by assertions only
export type Body = any;

/** A call. */
export interface CallInit {
  /** Bearer token. */
  readonly token?: string;
  /** Sent as JSON; makes it a POST. */
  readonly body?: unknown;
  /** More headers. */
  readonly headers?: Record<string, string>;
  /** Method. */
  readonly method?: string;
}

/** Runs `test` with a server that has a token for writing. */
export async function withServer(
  test: (server: RunningServer) => Promise<void>,
  options: ServeOptions = {},
): Promise<void> {
  await withDatabase(async (database, databaseUrl) => {
    await using server = await startServer(database, databaseUrl, options);
    await test(server);
  });
}

/** Starts a server, which is stopped when disposed of. */
export async function startServer(
  database: Database,
  databaseUrl: string,
  options: ServeOptions = {},
): Promise<RunningServer & AsyncDisposable> {
  const stop = new AbortController();
  const told: ServeEvent[] = [];
  const listening = Promise.withResolvers<string>();
  const config = AbsurdConfig.fromEnv({ ABSURD_DATABASE_URL: databaseUrl });
  const onEvent = (event: ServeEvent) => {
    told.push(event);
    if (event.type === "listening") listening.resolve(event.url);
  };
  const server = new AbsurdServer(config, { port: 0, token: TOKEN, onEvent, ...options });
  const running = server.run({ signal: stop.signal });
  running.catch(listening.reject);
  const url = await listening.promise;
  return {
    database,
    url,
    told,
    call: (path, init) => call(url, path, init),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      assert.deepEqual(told.filter(({ type }) => type === "defect"), []);
    },
  };
}

async function call(url: string, path: string, { token, body, headers, method }: CallInit = {}) {
  const response = await fetch(new URL(path, url), {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

/** A WebSocket client that keeps what it hears. */
export class Listener implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #messages: Body[] = [];
  #wake = Promise.withResolvers<void>();
  /** How the server ended the connection. */
  readonly closed: Promise<{ code: number; reason: string }>;

  /** Connects to the server's `/ws`. */
  constructor(server: { url: string }, query: string = "", protocols: string[] = []) {
    this.#socket = new WebSocket(`${server.url.replace("http", "ws")}ws${query}`, protocols);
    const { promise, resolve } = Promise.withResolvers<{ code: number; reason: string }>();
    this.closed = promise;
    this.#socket.onmessage = ({ data }) => {
      this.#messages.push(JSON.parse(data));
      this.#wake.resolve();
    };
    this.#socket.onclose = ({ code, reason }) => {
      resolve({ code, reason });
      this.#wake.resolve();
    };
    this.#socket.onerror = () => this.#wake.resolve();
  }

  /** The next message of one of the types; others before it are dropped. */
  async next(...types: string[]): Promise<Body> {
    while (true) {
      const message = this.#messages.shift();
      if (message && types.includes(message.type)) return message;
      if (message) continue;
      assert.ok(this.#socket.readyState <= WebSocket.OPEN, "the connection has ended");
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
  }

  /** Sends a document. */
  send(document: unknown): void {
    this.#socket.send(JSON.stringify(document));
  }

  /** Disconnects. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

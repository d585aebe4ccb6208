/**
 * Answers one request.
 *
 * @module
 */

import type { Database } from "../database.ts";
import {
  AbsurdError,
  CursorError,
  DatabaseUnavailableError,
  InvalidArgumentError,
  NotAllowedError,
  NotFoundError,
  NotStorableError,
} from "../errors.ts";
import { VERSION } from "../version.ts";
import type { Access, AccessControl } from "./access.ts";
import { findRoute, values } from "./api.ts";
import type { Feed } from "./feed.ts";
import { type Guard, readBody } from "./guard.ts";
import type { History } from "./history.ts";
import type { Hub } from "./hub.ts";
import type { QueueStatsDocument } from "./messages.ts";
import type { Metrics, WorkerDocument } from "./metrics.ts";
import type { ServeSettings } from "./options.ts";
import { pageAnswer } from "./page.ts";
import { checkParameters } from "./parameters.ts";
import { READING } from "./reading.ts";
import { answer, errorAnswer, HttpError, jsonAnswer } from "./responses.ts";
import { SecretParams } from "./secrets.ts";
import { WRITING } from "./writing.ts";

const ROUTES = [...READING, ...WRITING];
/** Requests that are being answered at a time. */
const MAX_PENDING = 200;

/** What a handler works with. */
export interface HandlerParts {
  /** How the server is set up. */
  readonly settings: ServeSettings;
  /** The database. */
  readonly database: Database;
  /** Who may do what. */
  readonly access: AccessControl;
  /** Who is turned away. */
  readonly guard: Guard;
  /** WebSocket clients. */
  readonly hub: Hub;
  /** The newest events. */
  readonly feed: Feed;
  /** Metrics. */
  readonly metrics: Metrics;
  /** Numbers of the last hour. */
  readonly history: History;
  /** Whether the database is away. */
  readonly isLost: () => boolean;
}

/** Answers requests. */
export class RequestHandler {
  readonly #parts: HandlerParts;
  readonly #secrets: SecretParams;
  #pending = 0;

  /** Takes the parts of a server. */
  constructor(parts: HandlerParts) {
    this.#parts = parts;
    this.#secrets = new SecretParams(parts.settings.secrets);
  }

  /**
   * Answers a request; rejects never.
   *
   * @param address Where it came from.
   */
  async handle(request: Request, address: string): Promise<Response> {
    const path = URL.canParse(request.url) ? new URL(request.url).pathname : "";
    try {
      if (this.#pending >= MAX_PENDING) {
        throw new HttpError(503, "Too many requests at a time", { headers: { "retry-after": "1" } });
      }
      this.#pending++;
      try {
        return await this.#answer(request, path, address);
      } finally {
        this.#pending--;
      }
    } catch (error) {
      return this.#refusal(path, error);
    }
  }

  async #answer(request: Request, path: string, address: string): Promise<Response> {
    const { guard, access, hub } = this.#parts;
    guard.check(request, address);
    const page = ["GET", "HEAD"].includes(request.method) ? pageAnswer(path, request) : undefined;
    if (page) return page;
    if (path === "/health") return jsonAnswer({ status: "ok" });
    if (path === "/ready") return this.#readiness();
    const judged = access.judge(request);
    if (judged === "denied") return guard.deny(address);
    if (path === "/api/session") return this.#session(judged);
    if (judged === "none") {
      throw new HttpError(401, "This server asks for a token", {
        hint: "Send it as authorization: Bearer TOKEN",
        headers: { "www-authenticate": "Bearer" },
      });
    }
    if (path === "/ws") return await hub.accept(request);
    if (path === "/metrics") return await this.#metrics();
    if (path === "/api/history") return jsonAnswer(this.#parts.history.document());
    return await this.#api(request, judged);
  }

  async #api(request: Request, access: Access): Promise<Response> {
    const url = new URL(request.url);
    const { route, path } = findRoute(ROUTES, request.method, url);
    const writes = route.method === "POST";
    if (writes && access !== "write") throw this.#notWritable();
    const { database } = this.#parts;
    checkParameters(url.searchParams, route.parameters);
    const body = writes ? await readBody(request) : {};
    const document = await route.answer({ database, path, query: url.searchParams, body });
    if (document === null || document === undefined) {
      throw new HttpError(404, `There is no ${route.thing} ${Object.values(path).at(-1) ?? ""}`.trimEnd());
    }
    return jsonAnswer(this.#secrets.redact(document));
  }

  #notWritable(): HttpError {
    const { access, settings } = this.#parts;
    const hint = access.writable
      ? "Send the token that may write as authorization: Bearer TOKEN"
      : settings.readOnly
      ? "The server was started with --read-only"
      : "The server was started without ABSURD_SERVE_TOKEN, so nobody may write";
    return new HttpError(403, "This needs a token that may write", { hint });
  }

  #session(access: Access): Response {
    return jsonAnswer({ access, writable: this.#parts.access.writable, version: VERSION });
  }

  #readiness(): Response {
    const ready = !this.#parts.isLost() && this.#parts.feed.last !== undefined;
    return jsonAnswer({ status: ready ? "ready" : "database unavailable" }, { status: ready ? 200 : 503 });
  }

  async #metrics(): Promise<Response> {
    const { database, metrics, hub, feed } = this.#parts;
    const [[{ clock }], stats, workers] = await Promise.all([
      database.call<{ clock: Date }>("clock", {}, { retry: true }),
      database.call<QueueStatsDocument>("get_queue_stats", {}, { retry: true }),
      values(database, "list_workers"),
    ]);
    const server = { clients: hub.size, slowClients: hub.slow, cursor: feed.last ?? 0 };
    const text = await metrics.text(clock, stats, workers as WorkerDocument[], server);
    return answer(text, metrics.contentType);
  }

  #refusal(path: string, error: unknown): Response {
    if (error instanceof HttpError) return errorAnswer(error);
    if (error instanceof AbsurdError) {
      const { message, hint } = error;
      return errorAnswer(new HttpError(statusOf(error), message, { hint }));
    }
    return this.defect(path, error);
  }

  /** Tells nobody outside what went wrong inside. */
  defect(path: string, error: unknown): Response {
    this.#parts.settings.onEvent({ type: "defect", path, error });
    return errorAnswer(new HttpError(500, "This server has a defect; its log tells more"));
  }
}

function statusOf(error: AbsurdError): number {
  if (error instanceof NotFoundError) return 404;
  if (error instanceof NotAllowedError) return 403;
  if (error instanceof InvalidArgumentError || error instanceof NotStorableError) return 400;
  if (error instanceof CursorError) return 410;
  if (error instanceof DatabaseUnavailableError) return 503;
  return error.sqlState?.startsWith("TQ") ? 409 : 500;
}

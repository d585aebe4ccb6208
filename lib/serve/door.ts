/**
 * Taking connections, until told to stop.
 *
 * @module
 */

import { pause } from "../backoff.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { RequestHandler } from "./handler.ts";
import { isLoopback, type ServeSettings } from "./options.ts";

/** Whoever opened too many connections is likely to do so again. */
const PAUSE_MS = 200;

/**
 * Where connections come in. One that never sends a request costs its owner nothing, and Deno sets it no time limit:
 * when the process may not open any more files because of such, they are all ended, and it listens again. Clients come
 * back, each from its cursor.
 */
export class Door {
  readonly #settings: ServeSettings;
  readonly #handler: RequestHandler;
  readonly #writable: boolean;
  /** The one that was asked for, then the one that was got. */
  #port: number;

  /** It is closed. */
  constructor(settings: ServeSettings, handler: RequestHandler, writable: boolean) {
    this.#settings = settings;
    this.#handler = handler;
    this.#writable = writable;
    this.#port = settings.port;
  }

  /**
   * Listens until the signal aborts, and then answers what was asked before.
   *
   * @param onEnd Called before it waits for those answers.
   * @throws InvalidArgumentError when the port cannot be listened on.
   */
  async keepOpen(signal: AbortSignal, onEnd: () => void): Promise<void> {
    while (true) {
      const connections = new AbortController();
      const server = this.#open(connections.signal);
      const error = await Promise.race([server.finished, untilAborted(signal)]).catch((reason) => reason);
      if (signal.aborted) {
        onEnd();
        return await server.shutdown();
      }
      connections.abort();
      this.#settings.onEvent({ type: "overrun", error });
      await pause(PAUSE_MS, signal);
    }
  }

  #open(signal: AbortSignal): Deno.HttpServer<Deno.NetAddr> {
    const { hostname, onEvent } = this.#settings;
    const onListen = (address: Deno.NetAddr) => {
      this.#port = address.port;
      onEvent({ type: "listening", url: urlOf(address, hostname), writable: this.#writable });
    };
    const onError = (error: unknown) => this.#handler.defect("", error);
    return listening(hostname, this.#port, () =>
      Deno.serve(
        { hostname, port: this.#port, signal, onListen, onError },
        (request, info) => this.#handler.handle(request, info.remoteAddr.hostname),
      ));
  }
}

/** Listens, or says in words why that cannot be: the port is taken, reserved, or of another machine. */
function listening<T>(hostname: string, port: number, start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw new InvalidArgumentError(
      `Cannot listen on port ${port} of ${hostname}: ${(error as Error).message}`,
      {
        cause: error,
        hint: "Choose another one with --port or ABSURD_SERVE_PORT, or end what listens there",
      },
    );
  }
}

function urlOf({ hostname, port }: { hostname: string; port: number }, wanted: string): string {
  const name = isLoopback(wanted) ? "127.0.0.1" : hostname;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}/`;
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

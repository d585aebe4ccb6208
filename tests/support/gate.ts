/**
 * A way to a server that can be cut and mended, as a network can.
 *
 * @module
 */

import { connect, createServer, type Socket } from "node:net";

/** The way. */
export interface Gate extends AsyncDisposable {
  /** URL that leads through the gate. */
  readonly url: string;
  /** Cuts all connections, and refuses new ones. */
  close(): void;
  /** Lets connections through again. */
  open(): void;
  /** Lets nothing through without saying so, as a network that swallows packets. */
  swallow(): void;
  /** Lets nothing through over the connections that there are, without saying so; new ones are let through. */
  silence(): void;
  /**
   * Lets nothing through any more over a connection that sends one of the next so many texts like this. Resolves at the
   * first.
   */
  silenceAt(text: string, times: number): Promise<void>;
}

/** What goes through a gate. */
interface Passage {
  readonly sockets: readonly Socket[];
  silent: boolean;
}

/** Opens a gate before the server of a URL. */
export async function openGate(databaseUrl: string): Promise<Gate> {
  const target = new URL(databaseUrl);
  const passages = new Set<Passage>();
  let state: "open" | "closed" | "swallowing" = "open";
  let fatal = { text: "", times: 0, silenced: () => {} };
  const server = createServer({ allowHalfOpen: true }, (inner) => {
    if (state === "closed") return void inner.destroy();
    const outer = connect({ port: Number(target.port), host: target.hostname, allowHalfOpen: true });
    const passage: Passage = { sockets: [inner, outer], silent: false };
    const isOpen = () => state === "open" && !passage.silent;
    passages.add(passage);
    inner.on("data", (chunk) => {
      if (fatal.times === 0 || !chunk.includes(fatal.text)) return;
      fatal.times--;
      passage.silent = true;
      fatal.silenced();
    });
    for (const [from, to] of [[inner, outer], [outer, inner]]) {
      from.on("data", (chunk) => isOpen() && to.write(chunk));
      from.on("end", () => isOpen() && to.end());
      from.on("error", () => {});
      from.on("close", () => {
        if (passage.silent) return;
        passages.delete(passage);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(databaseUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as { port: number }).port);
  const cut = () => {
    for (const { sockets } of passages) sockets.forEach((socket) => socket.destroy());
    passages.clear();
  };
  return {
    url: url.href,
    close() {
      state = "closed";
      cut();
    },
    open() {
      if (state === "swallowing") cut();
      state = "open";
    },
    swallow() {
      state = "swallowing";
    },
    silence() {
      for (const passage of passages) passage.silent = true;
    },
    silenceAt(text, times) {
      const { promise, resolve } = Promise.withResolvers<void>();
      fatal = { text, times, silenced: resolve };
      return promise;
    },
    async [Symbol.asyncDispose]() {
      state = "closed";
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

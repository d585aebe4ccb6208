/**
 * Workers that do nothing, and how long they take for it.
 *
 * @module
 */

import { AbsurdClient, AbsurdConfig } from "../../mod.ts";
import { AbsurdWorker } from "../../lib/worker/mod.ts";
import type { Database } from "../../lib/database.ts";
import { createDatabase } from "./server.ts";

/** Who they are. */
export interface CrewOptions {
  /** Of their database, which nobody else uses, and which goes with them. */
  readonly name: string;
  /** How many, all in this process. */
  readonly workers: number;
  /** Tasks that they run at a time, all together. */
  readonly places: number;
}

/** Workers that take from one queue. */
export class Crew implements AsyncDisposable {
  /** Of their queue. */
  readonly client: AbsurdClient;
  readonly #running: Promise<unknown>;
  readonly #stop = new AbortController();
  readonly #drop: () => Promise<void>;
  #left = 0;
  #done = Promise.withResolvers<void>();

  private constructor(
    client: AbsurdClient,
    config: AbsurdConfig,
    workers: number,
    drop: () => Promise<void>,
  ) {
    this.client = client;
    this.#drop = drop;
    const onEvent = ({ type }: { type: string }) => {
      if (type === "completed" && --this.#left === 0) this.#done.resolve();
    };
    this.#running = Promise.all(Array.from({ length: workers }, () => {
      const worker = new AbsurdWorker(config, () => Promise.resolve(null), { onEvent });
      return worker.run({ signal: this.#stop.signal });
    }));
  }

  /** Makes their database, and starts them. */
  static async hire(
    server: Database,
    serverUrl: string,
    { name, workers, places }: CrewOptions,
  ): Promise<Crew> {
    const databaseUrl = await createDatabase(server, serverUrl, name);
    const queueName = "bench";
    const client = new AbsurdClient({ databaseUrl, queueName });
    await client.installSchema();
    const config = {
      ...AbsurdConfig.fromEnv({}),
      databaseUrl,
      queueName,
      workerConcurrency: places / workers,
    };
    return new Crew(client, config, workers, async () => {
      await server.query(`drop database ${name} with (force)`);
    });
  }

  /** Seconds from the call of `begin` until so many tasks are done, which it sets going. */
  async time(tasks: number, begin: () => Promise<unknown>): Promise<number> {
    this.#left = tasks;
    this.#done = Promise.withResolvers();
    const startMs = performance.now();
    await Promise.race([begin().then(() => this.#done.promise), this.#running]);
    return (performance.now() - startMs) / 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.client[Symbol.asyncDispose]();
    await this.#drop();
  }
}

/**
 * Runs the programs of `absurd.ts` and `peers/`: each measurement is a process of its own on a fresh copy of a database.
 *
 * @module
 */

import { join } from "node:path";
import type { Database } from "../../lib/database.ts";
import { createDatabase } from "./server.ts";

/** A queue that takes part. */
export interface Contestant {
  /** As figures name it. */
  readonly name: string;
  /** Program, relative to this folder. */
  readonly program: string;
  /** True when nothing waits or runs any longer. */
  readonly isDone: string;
}

/** Ours. */
export const ABSURD: Contestant = {
  name: "absurd",
  program: "absurd.ts",
  isDone: "select not exists (select from absurd.tasks where state = 'ready') " +
    "and not exists (select from absurd.tasks where status = 'claimed') as done",
};

/** The others. */
export const PEERS: readonly Contestant[] = [
  {
    name: "graphile-worker",
    program: "peers/graphile_worker.ts",
    isDone: "select not exists (select from graphile_worker._private_jobs) as done",
  },
  {
    name: "pg-boss",
    program: "peers/pg_boss.ts",
    isDone:
      "select not exists (select from pgboss.job where name = 'nothing' and state < 'completed') as done",
  },
  {
    name: "absurd-sdk",
    program: "peers/absurd_sdk.ts",
    isDone: "select not exists (select from absurd.t_nothing where state in ('pending', 'running')) as done",
  },
];

const FOLDER = new URL(".", import.meta.url).pathname;

/** What a program prints. */
interface Message {
  readonly ready?: boolean;
  readonly handled?: number;
  readonly seconds?: number;
  readonly latencyMs?: number[];
}

/** A program that runs. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #messages: AsyncIterator<Message>;
  /** Tasks that it has run, as far as it told. */
  handled = 0;

  /** Starts the program of `contestant` on the database of `url`. */
  constructor({ program }: Contestant, url: string, ...args: (string | number)[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--allow-all", join(FOLDER, program), url, ...args.map(String)],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#messages = messages(this.#child.stdout);
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until it is ready. */
  async ready(): Promise<void> {
    await this.next();
  }

  /** Lets it begin. */
  async go(): Promise<void> {
    await this.#input.write(new TextEncoder().encode("go\n"));
  }

  /** What it tells next. */
  async next(): Promise<Message> {
    const { value, done } = await this.#messages.next();
    if (done) throw new Error("The program ended without telling what it measured");
    if (value.handled !== undefined) this.handled = value.handled;
    return value;
  }

  /** Waits for its end. */
  async end(): Promise<void> {
    const { success } = await this.#child.status;
    if (!success) throw new Error("The program failed");
  }

  /** Ends it if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // it has ended
    }
    await this.#input.abort().catch(() => {});
    await this.#messages.return?.();
    await this.#child.status;
  }
}

async function* messages(stream: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}

/** Databases of contestants: a template each, and copies of it. */
export class Databases {
  readonly #server: Database;
  readonly #url: string;
  #made = 0;

  /** On the server of `url`, over `server`. */
  constructor(server: Database, url: string) {
    this.#server = server;
    this.#url = url;
  }

  /** Installs a contestant into a template of its own. */
  async install(contestant: Contestant): Promise<void> {
    const url = await createDatabase(this.#server, this.#url, templateOf(contestant));
    await using program = new Program(contestant, url, "install", 0);
    await program.end();
  }

  /** Calls `use` with a fresh copy, and drops it. */
  async with<T>(contestant: Contestant, use: (url: string) => Promise<T>): Promise<T> {
    const name = `bench_${++this.#made}`;
    const url = await createDatabase(this.#server, this.#url, name, templateOf(contestant));
    try {
      return await use(url);
    } finally {
      await this.#server.query(`drop database ${name} with (force)`);
    }
  }
}

function templateOf({ name }: Contestant): string {
  return `template_${name.replaceAll("-", "_")}`;
}

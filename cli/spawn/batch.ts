/**
 * `absurd spawn --batch`: a task for each line of JSON.
 *
 * @module
 */

import type { SpawnManyResult, SpawnSpec } from "@dsa110/absurd";
import { withClient } from "../client.ts";
import { type CliContext, userPath } from "../context.ts";
import { CliError, say, tell, UsageError } from "../errors.ts";
import { countTasks } from "../format.ts";
import { readLines } from "../lines.ts";
import { IdList } from "./id_list.ts";
import { readSpec } from "./line.ts";

/** How to spawn the lines. */
export interface BatchFlags {
  /** `--batch`: a file, or `-` for standard input. */
  batch: string;
  /** `--continue`. */
  continue?: true;
  /** `--queue`. */
  queue?: string;
  /** `--database-url`. */
  databaseUrl?: string;
}

/** Lines that one call of the database takes. */
const BATCH = 1000;
/** Rejected lines that are told one by one. */
const TOLD = 20;

/**
 * Spawns a task for each line and prints the ids in the order of the lines: all or none, or with `--continue` those that
 * are good. Rejected lines are told with their numbers.
 *
 * @param defaults What holds where a line says nothing.
 * @throws CliError when a line was rejected.
 */
export async function spawnBatch(
  context: CliContext,
  defaults: Partial<SpawnSpec>,
  flags: BatchFlags,
): Promise<void> {
  const input = await openInput(context, flags.batch);
  const lines = new LineSpawner(context, defaults, flags);
  await withClient(context, flags, async (client) => {
    const spawning = client.spawnBatches(lines.batches(input), {
      allOrNothing: !flags.continue,
      onBatch: (results) => lines.take(results),
    });
    await spawning.catch((error) => {
      if (!(error instanceof LinesRejected)) throw error;
    });
  });
  lines.finish();
}

async function openInput(context: CliContext, source: string): Promise<AsyncIterable<Uint8Array>> {
  if (source === "-") return context.input();
  const path = userPath(context, source);
  try {
    return (await Deno.open(path)).readable;
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${(error as Error).message}`);
  }
}

/** Ends a transaction whose lines cannot all be spawned. */
class LinesRejected extends Error {}

/** Reads lines, and tells what became of them. */
class LineSpawner {
  readonly #context: CliContext;
  readonly #defaults: Partial<SpawnSpec>;
  readonly #continue: boolean;
  readonly #ids = new IdList();
  readonly #notOffered = new Set<string>();
  #specs: SpawnSpec[] = [];
  #numbers: number[] = [];
  #accepted = 0;
  #rejected = 0;

  constructor(context: CliContext, defaults: Partial<SpawnSpec>, flags: BatchFlags) {
    this.#context = context;
    this.#defaults = defaults;
    this.#continue = flags.continue ?? false;
  }

  /** The tasks of the lines, batch by batch. */
  async *batches(input: AsyncIterable<Uint8Array>): AsyncGenerator<SpawnSpec[]> {
    for await (const line of readLines(input)) {
      const spec = readSpec(line, this.#defaults);
      if (typeof spec === "string") this.#reject(line.number, spec);
      else {
        this.#specs.push(spec);
        this.#numbers.push(line.number);
      }
      if (this.#specs.length === BATCH) yield this.#specs;
    }
    if (this.#specs.length > 0) yield this.#specs;
    if (this.#rejected > 0 && !this.#continue) throw new LinesRejected();
  }

  /** Receives what became of the last batch. */
  take(results: readonly SpawnManyResult[]): void {
    const ids: string[] = [];
    results.forEach(({ taskId, created, offered, message }, index) => {
      if (taskId === null) return this.#reject(this.#numbers[index], message ?? "It was refused");
      ids.push(taskId);
      if (created && !offered) this.#notOffered.add(this.#specs[index].taskName);
    });
    this.#accepted += ids.length;
    if (this.#continue) this.#print(ids);
    else this.#ids.add(ids);
    [this.#specs, this.#numbers] = [[], []];
  }

  /** Prints what was kept back, or says why nothing was spawned. */
  finish(): void {
    const [rejected, total] = [this.#rejected, this.#rejected + this.#accepted];
    if (rejected > TOLD) tell(this.#context, `… and ${rejected - TOLD} more lines`);
    if (rejected > 0 && !this.#continue) {
      throw new CliError(`${rejected} of ${total} lines were rejected: nothing was spawned`, {
        hint: "Correct them, or spawn the others with --continue",
      });
    }
    this.#print(this.#ids);
    for (const name of this.#notOffered) {
      say(this.#context, "warning", `No live worker offers task ${name}: such tasks wait for one`);
    }
    if (rejected > 0) {
      throw new CliError(`${rejected} of ${total} lines were rejected: the others are spawned`);
    }
    tell(this.#context, `Spawned ${countTasks(total)}`);
  }

  #reject(number: number, message: string): void {
    if (++this.#rejected <= TOLD) tell(this.#context, `Line ${number}: ${message}`);
  }

  #print(ids: Iterable<string>): void {
    let text = "";
    for (const id of ids) {
      text += `${id}\n`;
      if (text.length < 65_536) continue;
      this.#context.stdout.write(text);
      text = "";
    }
    if (text) this.#context.stdout.write(text);
  }
}

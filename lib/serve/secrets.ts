/**
 * Parameters that the manifest calls secret, kept out of what is served.
 *
 * @module
 */

import { REDACTED } from "../stage/redact.ts";

type Document = { readonly [key: string]: unknown };

/** Takes the values of secret parameters out of documents. */
export class SecretParams {
  readonly #byTask: Readonly<Record<string, readonly string[]>>;
  readonly #all: readonly string[];

  /** @param byTask Names of secret parameters by task name. */
  constructor(byTask: Readonly<Record<string, readonly string[]>>) {
    this.#byTask = byTask;
    this.#all = [...new Set(Object.values(byTask).flat())];
  }

  /** A document, and those in it, without the values of secret parameters. */
  redact(value: unknown): unknown {
    if (this.#all.length === 0 || typeof value !== "object" || value === null || value instanceof Date) {
      return value;
    }
    if (Array.isArray(value)) return value.map((item) => this.redact(item));
    const document = value as Document;
    return Object.fromEntries(
      Object.entries(document).map(([key, item]) => [
        key,
        key === "params" ? this.#redactParams(item, document.task_name) : this.redact(item),
      ]),
    );
  }

  /** What several steps share (params of a workflow or chain) hides what is secret to any of them. */
  #redactParams(params: unknown, taskName: unknown): unknown {
    if (typeof params !== "object" || params === null || Array.isArray(params)) return params;
    const names = typeof taskName === "string" ? this.#byTask[taskName] ?? [] : this.#all;
    return Object.fromEntries(
      Object.entries(params).map(([name, item]) => [name, names.includes(name) ? REDACTED : item]),
    );
  }
}

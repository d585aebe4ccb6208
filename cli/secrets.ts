/**
 * Parameters that a manifest calls secret, kept off the screen.
 *
 * @module
 */

import type { JsonObject, Workflow } from "@dsa110/absurd";
import type { CliContext } from "./context.ts";
import { userManifestPath } from "./stages.ts";

const REDACTED = "[secret]";

/** Something with the parameters of a task. */
interface HasParams {
  readonly taskName: string;
  readonly params: JsonObject;
}

/** Names of secret parameters by stage. */
type SecretNames = Readonly<Record<string, { readonly secret: readonly string[] }>>;

/** What is secret, by the manifest that the user has. */
export class Secrets {
  readonly #stages: SecretNames;

  /** Names of secret parameters by stage; none: nothing is known to be secret. */
  constructor(stages: SecretNames = {}) {
    this.#stages = stages;
  }

  /** A task or dead letter without the values of its secret parameters. */
  hide<T extends HasParams>(item: T): T {
    return { ...item, params: redact(item.params, this.#of(item.taskName)) };
  }

  /** A workflow without what is secret of any of its steps, whose parameters it shares. */
  hideOfWorkflow(workflow: Workflow): Workflow {
    const names = workflow.steps.flatMap(({ taskName }) => this.#of(taskName));
    return {
      ...workflow,
      params: redact(workflow.params, names),
      // in lists steps have no parameters
      steps: workflow.steps.map((step) => "params" in step ? this.hide(step) : step),
    };
  }

  #of(taskName: string): readonly string[] {
    return Object.hasOwn(this.#stages, taskName) ? this.#stages[taskName].secret : [];
  }
}

function redact(params: JsonObject, names: readonly string[]): JsonObject {
  if (names.length === 0) return params;
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, names.includes(name) ? REDACTED : value]),
  );
}

/** What is secret here. Where there is no manifest, or none that can be read, nothing is known to be. */
export async function findSecrets(context: CliContext): Promise<Secrets> {
  const path = await userManifestPath(context, {});
  if (path === undefined) return new Secrets();
  const { loadManifest } = await import("@dsa110/absurd/worker");
  const manifest = await loadManifest(path).catch(() => null);
  return new Secrets(manifest?.stages);
}

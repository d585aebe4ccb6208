/**
 * From a stage and a task to the command line, environment and permissions of one attempt.
 *
 * @module
 */

import { resolve } from "node:path";
import { TaskFailure } from "../errors.ts";
import { checkGrantedPaths } from "./confine.ts";
import { findProgram } from "./launcher.ts";
import type { StageDefinition } from "./manifest_stage.ts";
import { type ModuleProgram, prepareModule } from "./module_program.ts";
import { checkArgument, commandLine, grantedPaths, permissionFlags } from "./permissions.ts";
import { badInput, expandTemplate, type Template, type TemplateValues } from "./template.ts";

/** A command line with all that belongs to it. */
export interface Program {
  /** Absolute path of the program, and its arguments. */
  readonly argv: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Permission flags, for the record; none for a command, which no permissions bind. */
  readonly flags: string[];
}

/** Makes programs, and remembers which ones were found and are ready to be run. */
export class ProgramMaker {
  readonly #modules = new Map<string, Promise<ModuleProgram>>();
  readonly #commands = new Map<string, string>();

  /**
   * Makes the program of one attempt.
   *
   * @param stage Stage to run.
   * @param values What its templates are filled from.
   * @param files Files that the stage may read besides those that its permissions name.
   * @throws {TaskFailure} A value may not be used (permanent), or the program is not there.
   */
  async make(stage: StageDefinition, values: TemplateValues, files: readonly string[]): Promise<Program> {
    const program = await this.#make(stage, values, files);
    return stage.niceness ? { ...program, argv: [...niceness(stage.niceness), ...program.argv] } : program;
  }

  async #make(stage: StageDefinition, values: TemplateValues, files: readonly string[]): Promise<Program> {
    const env = expandEnvironment(stage.env, values);
    if ("command" in stage.program) {
      const argv = await this.#commandLine(stage.program.command, values);
      return { argv, env, flags: [] };
    }
    const { module } = stage.program;
    const flags = permissionFlags(stage.permissions, values, { read: files, env: Object.keys(env) });
    if (!stage.unsafe) {
      const roots = stage.roots?.flatMap((root) => expandTemplate(root, values, checkArgument));
      await checkGrantedPaths(grantedPaths(stage.permissions, values), { roots, workDir: values.workDir });
    }
    const ready = await this.#prepare(module, flags.filter((flag) => flag.startsWith("--allow-import")));
    const argv = [ready.deno, "run", ...flags, ...ready.projectFlags, module];
    return { argv, env: { ...ready.env, ...env }, flags };
  }

  /** Makes sure that the stage's program is looked for anew at its next attempt. */
  forget(stage: StageDefinition): void {
    if ("module" in stage.program) this.#modules.delete(stage.program.module);
    else this.#commands.clear();
  }

  /** A program's path is relative to the manifest; its name is looked up as a shell would, until it is found. */
  async #commandLine(command: readonly Template[], values: TemplateValues): Promise<string[]> {
    const [name, ...args] = commandLine(command, values);
    const wanted = name.includes("/") ? resolve(values.stageDir, name) : name;
    const program = this.#commands.get(wanted) ?? await findProgram(wanted);
    if (program === null) throw new TaskFailure(`Program "${name}" is not installed on this machine`);
    this.#commands.set(wanted, program);
    return [program, ...args];
  }

  /** Attempts that start together wait for the same preparation; a failed one is tried again by the next attempt. */
  #prepare(module: string, importFlags: readonly string[]): Promise<ModuleProgram> {
    let preparation = this.#modules.get(module);
    if (!preparation) {
      preparation = prepareModule(module, importFlags);
      this.#modules.set(module, preparation);
      preparation.catch(() => this.#modules.delete(module));
    }
    return preparation;
  }
}

/** What comes before a program that gives way to others (nice(1), which is in POSIX). */
function niceness(value: number): string[] {
  return ["/usr/bin/env", "nice", "-n", String(value)];
}

/** Fills the templates of an environment; one whose optional value is absent is left out. */
export function expandEnvironment(
  env: StageDefinition["env"],
  values: TemplateValues,
): Record<string, string> {
  const expanded: Record<string, string> = {};
  for (const [name, template] of Object.entries(env)) {
    const texts = expandTemplate(template, values, checkArgument);
    if (texts.length > 1) throw badInput(`Variable "${name}" of the stage would have several values`);
    if (texts.length === 1) expanded[name] = texts[0];
  }
  return expanded;
}

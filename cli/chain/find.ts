/**
 * Where chains come from: files, the manifest of the stages, and the library.
 *
 * @module
 */

import { basename } from "node:path";
import { type Chain, CHAINS, InvalidGraphError, parseChain } from "@dsa110/absurd";
import { type CliContext, userPath } from "../context.ts";
import { UsageError } from "../errors.ts";
import { parseJson, readUserFile } from "../params.ts";
import { type StagesFlag, userManifestPath } from "../stages.ts";

/** A chain and where it is defined. */
export interface KnownChain {
  /** The chain, by its name. */
  readonly chain: Chain;
  /** `built in`, or the manifest's path. */
  readonly source: string;
}

/**
 * Finds a chain by name, or reads it from a file.
 *
 * @param name A name, or a path with a `/` or ending in `.json`.
 * @throws UsageError when there is no chain of this name.
 */
export async function findChain(context: CliContext, name: string, flags: StagesFlag): Promise<Chain> {
  if (name.includes("/") || name.endsWith(".json")) return await readChainFile(context, name);
  const known = await knownChains(context, flags);
  const found = known.find(({ chain }) => chain.name === name);
  if (found) return found.chain;
  const names = known.map(({ chain }) => chain.name).join(", ");
  throw new UsageError(
    name.trim() === "" ? "The name of the chain is empty" : `There is no chain ${name}`,
    `Known chains: ${names}; a file needs a / or .json in its name`,
  );
}

async function readChainFile(context: CliContext, path: string): Promise<Chain> {
  const file = userPath(context, path);
  const value = parseJson(await readUserFile(context, path), file);
  try {
    return parseChain(value, basename(path, ".json"));
  } catch (error) {
    if (!(error instanceof InvalidGraphError)) throw error;
    throw new UsageError(`${file} holds no chain: ${error.message}`, error.hint);
  }
}

/** All chains that can be named: the manifest's, which win, then the library's. */
export async function knownChains(context: CliContext, flags: StagesFlag): Promise<KnownChain[]> {
  const known = new Map<string, KnownChain>();
  for (const chain of Object.values(CHAINS)) known.set(chain.name, { chain, source: "built in" });
  for (const entry of await manifestChains(context, flags)) known.set(entry.chain.name, entry);
  return [...known.values()];
}

/** Loads the manifest, and with it the stage code, only where the user has one. */
async function manifestChains(context: CliContext, flags: StagesFlag): Promise<KnownChain[]> {
  const path = await userManifestPath(context, flags);
  if (path === undefined) return [];
  const { loadManifest } = await import("@dsa110/absurd/worker");
  const { chains } = await loadManifest(path);
  return Object.values(chains).map((chain) => ({ chain, source: path }));
}

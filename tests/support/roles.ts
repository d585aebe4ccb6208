/**
 * Logging in as a member of each role.
 *
 * @module
 */

import { type Database, openDatabase } from "../../lib/database.ts";
import { installSchema } from "../../lib/schema.ts";
import { emptyDatabase } from "./database.ts";

/** The roles that programs log in as, without their prefix. */
export const ROLES = ["producer", "worker", "operator", "reader"] as const;

/** One of them. */
export type Role = typeof ROLES[number];

/** A database that was installed with roles. */
export interface RolesWorld {
  /** Connections of a member of each role. */
  readonly users: Readonly<Record<Role, Database>>;
  /** Where members connect to. */
  readonly urls: Readonly<Record<Role, string>>;
  /** A superuser. */
  readonly owner: Database;
}

/** Runs `test` on a database of its own that was installed with roles and the extra `sky`. */
export async function withRoles(test: (world: RolesWorld) => Promise<void>): Promise<void> {
  await using own = await emptyDatabase();
  await installSchema(own.database, { roles: true, with: ["sky"] });
  const suffix = crypto.randomUUID().slice(0, 8);
  const users: Partial<Record<Role, Database>> = {};
  const urls: Partial<Record<Role, string>> = {};
  try {
    for (const role of ROLES) {
      const login = `test_${role}_${suffix}`;
      await own.database.script(`create role ${login} login password 'secret' in role absurd_${role}`);
      const url = Object.assign(new URL(own.url), { username: login, password: "secret" }).href;
      urls[role] = url;
      users[role] = openDatabase({ url, maxConnections: 1 });
    }
    await test({
      users: users as RolesWorld["users"],
      urls: urls as RolesWorld["urls"],
      owner: own.database,
    });
  } finally {
    for (const role of ROLES) {
      await users[role]?.close();
      await own.database.script(`drop role if exists test_${role}_${suffix}`);
    }
  }
}

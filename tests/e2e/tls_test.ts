import assert from "node:assert/strict";
import { join } from "node:path";
import { openDatabase } from "../../lib/database.ts";
import { startPostgres, stopPostgres } from "../../lib/postgres/mod.ts";
import { runCli } from "../support/process.ts";
import { withFolder } from "./support.ts";

/** Makes a certificate authority, `NAME.crt`, and a certificate of `localhost` that it signed, `NAME-server.crt`. */
async function makeCertificates(
  folder: string,
  name: string,
): Promise<{ authority: string; server: string }> {
  const authority = join(folder, name);
  const server = `${authority}-server`;
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    "req",
    "-x509",
    ...key,
    "-subj",
    `/CN=${name}`,
    "-keyout",
    `${authority}.key`,
    "-out",
    `${authority}.crt`,
  );
  await openssl("req", ...key, "-subj", "/CN=localhost", "-keyout", `${server}.key`, "-out", `${server}.csr`);
  await Deno.writeTextFile(`${server}.ext`, "subjectAltName=DNS:localhost\n");
  const signer = ["-CA", `${authority}.crt`, "-CAkey", `${authority}.key`, "-CAcreateserial"];
  const request = ["-in", `${server}.csr`, "-extfile", `${server}.ext`];
  await openssl("x509", "-req", ...request, ...signer, "-out", `${server}.crt`);
  return { authority: `${authority}.crt`, server };
}

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, stdout: "null", stderr: "piped" })
    .output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

/** Lets the server of `url`, whose files are in `data`, speak TLS. */
async function enableTls(url: string, data: string, certificate: string): Promise<void> {
  const { uid, gid } = await Deno.stat(data);
  for (const suffix of ["crt", "key"]) {
    const path = join(data, `server.${suffix}`);
    await Deno.copyFile(`${certificate}.${suffix}`, path);
    await Deno.chmod(path, 0o600);
    await Deno.chown(path, uid, gid);
  }
  await using database = openDatabase({ url, maxConnections: 1 });
  await database.query("alter system set ssl = on");
  await database.query("select pg_reload_conf()");
}

/** Whether the connection that the URL makes is encrypted. */
async function isEncrypted(url: string): Promise<boolean> {
  await using database = openDatabase({ url, maxConnections: 1, reconnectSec: 0 });
  const [{ ssl }] = await database.query<{ ssl: boolean }>(
    "select ssl from pg_stat_ssl where pid = pg_backend_pid()",
  );
  return ssl;
}

Deno.test("TLS to the database: modes mean what they mean to libpq, with a private authority", async (t) => {
  await withFolder(async (folder) => {
    const directory = join(folder, "postgres");
    const { url: plain } = await startPostgres(directory, { durable: false });
    try {
      const { authority, server } = await makeCertificates(folder, "ours");
      const stranger = await makeCertificates(folder, "stranger");
      await enableTls(plain, join(directory, "data"), server);
      const byName = plain.replace("127.0.0.1", "localhost");
      const full = `${byName}?sslmode=verify-full&sslrootcert=${authority}`;

      await t.step("the certificate's name and authority match", async () => {
        assert.equal(await isEncrypted(full), true);
        assert.equal((await runCli(["init"], { env: { ABSURD_DATABASE_URL: full } })).code, 0);
      });
      const accepted = {
        "require looks at nothing": `${plain}?sslmode=require`,
        "verify-ca does not look at the name": `${plain}?sslmode=verify-ca&sslrootcert=${authority}`,
      };
      for (const [what, url] of Object.entries(accepted)) {
        await t.step(what, async () => assert.equal(await isEncrypted(url), true));
      }
      const refused = {
        "another name": `${plain}?sslmode=verify-full&sslrootcert=${authority}`,
        "another authority": `${byName}?sslmode=verify-full&sslrootcert=${stranger.authority}`,
        "an authority that nobody named": `${byName}?sslmode=verify-full`,
        "another authority, with verify-ca": `${byName}?sslmode=verify-ca&sslrootcert=${stranger.authority}`,
      };
      for (const [what, url] of Object.entries(refused)) {
        await t.step(`refused: ${what}`, async () => {
          await assert.rejects(isEncrypted(url), { message: /^TLS fails with /, hint: /sslrootcert/ });
        });
      }
      await t.step("refused: a file that is missing", async () => {
        const url = `${byName}?sslmode=verify-full&sslrootcert=${folder}/none.crt`;
        await assert.rejects(isEncrypted(url), { name: "InvalidArgumentError", message: /none\.crt/ });
      });
    } finally {
      await stopPostgres(directory);
    }
  });
});

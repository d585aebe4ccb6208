/**
 * Prints its arguments and its stdin as JSON, a word to stderr, and exits with $ECHO_EXIT (`never`: when killed).
 *
 * @module
 */

const stdin = await new Response(Deno.stdin.readable).text();
const encoder = new TextEncoder();
await Deno.stdout.write(encoder.encode(`${JSON.stringify({ args: Deno.args, stdin })}\n`));
await Deno.stderr.write(encoder.encode("words\n"));
const code = Deno.env.get("ECHO_EXIT") ?? "0";
if (code === "never") setInterval(() => {}, 60_000);
else Deno.exit(Number(code));

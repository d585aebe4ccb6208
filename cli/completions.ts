/**
 * `absurd completions`: for bash, zsh and fish.
 *
 * @module
 */

import { Argument, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { examples, newCommand } from "./command.ts";
import { SCRIPTS } from "./completions/scripts.ts";
import type { CliContext } from "./context.ts";

/** Makes the command. */
export function completionsCommand(context: CliContext): CommandUnknownOpts {
  return newCommand(context, "completions")
    .description(
      "Prints a script that completes commands, flags, and names and ids from the database. The shell must know absurd: " +
        "as a program in PATH, or by alias absurd='deno run -q absurd'.",
    )
    .addArgument(new Argument("<shell>", "for which shell").choices(["bash", "zsh", "fish"] as const))
    .addHelpText(
      "after",
      examples(
        "source <(absurd completions bash)",
        "absurd completions zsh > ~/.zfunc/_absurd",
        "absurd completions fish > ~/.config/fish/completions/absurd.fish",
      ),
    )
    .action((shell) => context.stdout.write(SCRIPTS[shell]));
}

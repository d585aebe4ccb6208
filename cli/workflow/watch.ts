/**
 * `absurd workflow watch`.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import type { Workflow } from "@dsa110/absurd";
import { withClient } from "../client.ts";
import type { CliContext } from "../context.ts";
import { resolveWorkflowId } from "../ids.ts";
import { endByWorkflow, waitOptions } from "../wait.ts";
import { newWatchCommand, watch } from "../watch.ts";

/** Makes the command. */
export function workflowWatchCommand(context: CliContext): CommandUnknownOpts {
  return newWatchCommand(context, {
    kind: "workflow",
    shows: "how the steps of a workflow go on",
    lines: ["absurd workflow watch 0199e4a2-7b1c", "absurd workflow watch 0199e4a2-7b1c --timeout 2h"],
    act: (prefix, flags) =>
      withClient(context, flags, async (client) => {
        const workflowId = await resolveWorkflowId(client, prefix);
        const workflow = await watch<Workflow>(
          context,
          flags,
          (onChange) => client.waitForWorkflow(workflowId, waitOptions(context, flags.timeout), onChange),
          {
            show: (view, { steps }) => view.update(steps),
            hide: (secrets, workflow) => secrets.hideOfWorkflow(workflow),
          },
        );
        endByWorkflow(context, workflow);
      }),
  });
}

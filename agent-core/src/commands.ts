/** The commands of the contract, each given to the part that does it. Parameters are parsed here, at the edge. */
import { type CommandName, type CommandParams, type CommandResult, commands, isCommandName } from "./contract/index.ts";
import { InletError } from "./kernel/index.ts";

export type CommandHandlers = {
  readonly [C in CommandName]: (params: CommandParams<C>) => CommandResult<C> | Promise<CommandResult<C>>;
};

/** INLET_COMMAND_UNKNOWN, INLET_COMMAND_INVALID (detail: which member), and what the command itself fails with. */
export async function execute(handlers: CommandHandlers, command: string, params: unknown): Promise<unknown> {
  if (!isCommandName(command)) throw new InletError("INLET_COMMAND_UNKNOWN", command.slice(0, 40));
  return run(handlers, command, params);
}

async function run<C extends CommandName>(handlers: CommandHandlers, command: C, params: unknown): Promise<unknown> {
  const parsed = commands[command].params.safeParse(params ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InletError(
      "INLET_COMMAND_INVALID",
      `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`.slice(0, 200),
    );
  }
  return handlers[command](parsed.data as CommandParams<C>);
}

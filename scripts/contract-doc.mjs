/** Writes docs/contract.md from the schemas. `npm run docs`; a test says when it was forgotten. Runs on Node 24 (type stripping). */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { agentEvent, agentState, commands } from "../agent-core/src/contract/index.ts";

const FILE = fileURLToPath(new URL("../docs/contract.md", import.meta.url));
const SOURCE = fileURLToPath(new URL("../agent-core/src/contract/commands.ts", import.meta.url));

/** A JSON Schema in the notation of TypeScript, which whoever writes against it reads at a glance. */
function notation(schema, indent = "") {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) return union.map((one) => notation(one, indent)).join(" | ");
  switch (schema.type) {
    case "object": {
      if (schema.properties === undefined || Object.keys(schema.properties).length === 0) {
        return typeof schema.additionalProperties === "object"
          ? `Record<string, ${notation(schema.additionalProperties, indent)}>`
          : "{}";
      }
      const required = new Set(schema.required);
      const inner = `${indent}  `;
      const members = Object.entries(schema.properties).map(
        ([name, member]) => `${inner}${name}${required.has(name) ? "" : "?"}: ${notation(member, inner)}`,
      );
      return `{\n${members.join("\n")}\n${indent}}`;
    }
    case "array":
      return schema.items.enum || schema.items.anyOf
        ? `(${notation(schema.items, indent)})[]`
        : `${notation(schema.items, indent)}[]`;
    case "integer":
    case "number":
      return "number";
    case "string":
      return schema.format === "date-time" ? "string /* ISO 8601, UTC */" : "string";
    case "boolean":
      return "boolean";
    default:
      return "unknown";
  }
}

const schemaOf = (schema, io) => z.toJSONSchema(schema, { io, reused: "inline", unrepresentable: "any" });
const block = (text) => `\`\`\`ts\n${text}\n\`\`\``;

/** The comment that stands above a command in the source. */
function commentOf(source, name) {
  const match = new RegExp(`/\\*\\* ([^*]+) \\*/\\s+"?${name.replace(".", "\\.")}"?: \\{`).exec(source);
  return match === null ? "" : `${match[1]}\n\n`;
}

export function contractPage() {
  const source = readFileSync(SOURCE, "utf8");
  const events = agentEvent.options.map((option) => {
    const schema = schemaOf(option, "output");
    return `### ${schema.properties.event.const}\n\n${block(notation(schema))}`;
  });
  const requests = Object.entries(commands).map(([name, { params, result }]) => {
    const shapes = `params: ${notation(schemaOf(params, "input"))}\nresult: ${notation(schemaOf(result, "output"))}`;
    return `### ${name}\n\n${commentOf(source, name)}${block(shapes)}`;
  });
  return `# The contract

What crosses between the agent and whoever drives it. This page is made from the schemas in
\`agent-core/src/contract/\` by \`npm run docs\`; do not edit it.

Three carriers bring it: a WebSocket (the web host), a MessagePort (Electron), and lines of JSON on the standard input
and output (\`inlet receive --json\`). The first two send \`{"state": …}\` once on connect, then \`{"patch": …}\` (JSON merge
patches, RFC 7396) and events; the lines carry events and answers alone.

A request is \`{"id": number | string, "command": string, "params": object}\`; its answer is \`{"id", "result"}\` or
\`{"id", "error": {"code", "text"}}\`. Codes are stable, sentences are not; all of them stand in
\`agent-core/src/kernel/errors.ts\`. A request that cannot be read is answered with id \`null\` where it has none.

An offer's outcome is \`completed\` when every file that was accepted arrived, \`partial\` when some of those did.

## Events

${events.join("\n\n")}

## Commands

${requests.join("\n\n")}

## State

${block(notation(schemaOf(agentState, "output")))}

Transfers are keyed \`<offer>#<index>\`, channels \`<account> <channel>\`.
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, contractPage());

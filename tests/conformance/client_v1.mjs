// The TypeScript client 1.x (@modelcontextprotocol/sdk), of the older era: node client_v1.mjs PYTHON
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { tell } from "./client_story.mjs";

await tell(async (person, server) => {
  const capabilities = person ? { elicitation: {} } : {};
  const client = new Client({ name: "typescript-1", version: "1" }, { capabilities });
  if (person) client.setRequestHandler(ElicitRequestSchema, person);
  const transport = new StdioClientTransport(server);
  let protocol;
  transport.setProtocolVersion = (version) => (protocol = version);
  await client.connect(transport);
  const call = (params, options) => client.callTool(params, undefined, options);
  return { client, call, protocol };
});

// The TypeScript client 2.x (@modelcontextprotocol/client): node client_v2.mjs PYTHON legacy|auto
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { tell } from "./client_story.mjs";

await tell(async (person, server) => {
  const client = new Client(
    { name: "typescript-2", version: "2" },
    {
      capabilities: person ? { elicitation: {} } : {},
      versionNegotiation: { mode: process.argv[3] },
    },
  );
  if (person) client.setRequestHandler("elicitation/create", person);
  await client.connect(new StdioClientTransport(server));
  const call = (params, options) => client.callTool(params, options);
  return { client, call, protocol: client.getNegotiatedProtocolVersion?.() };
});

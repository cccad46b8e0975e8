// What each TypeScript client is put through: a tool that asks nobody, one that asks a person, and
// a call that doesn't fit its tool. Each line that is printed is one thing that was seen, as JSON.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PYTHON = process.argv[2];

// The server's command. With a ledger that is kept, others can answer what it asks.
export function server(stateDir) {
  const env = stateDir ? { CHASEDATA_STATE_DIR: stateDir } : { CHASEDATA_SANDBOX_FILE: ":memory:" };
  return { command: PYTHON, args: ["-m", "chasedata_mcp", "--sandbox"], env };
}

const NUMBER = "9545550101";
const ANSWERS = {
  types: { action: "accept", content: { confirm: "(954) 555-0101" } },
  mistypes: { action: "accept", content: { confirm: "954-555-0199" } },
  declines: { action: "decline" },
};

function say(step, what) {
  console.log(JSON.stringify({ step, ...what }));
}

function seen(result) {
  const told = result.structuredContent ?? {};
  return { isError: result.isError ?? false, outcome: told.outcome, code: told.code };
}

async function tried(step, calling) {
  try {
    say(step, seen(await calling()));
  } catch (error) {
    say(step, { threw: `${error.constructor.name}: ${error.message}` });
  }
}

// `connected` makes a client; given a function it declares elicitation, answered by that function.
export async function tell(connected) {
  const mute = await connected(null, server());
  say("connected", { protocol: mute.protocol, tools: (await mute.client.listTools()).tools.length });
  await tried("search_lead", () =>
    mute.client.callTool({
      name: "search_lead",
      arguments: { search_field: "client_id", identifier: "WEB-1001", detailed: true },
    }),
  );
  await tried("search_lead without its arguments", () =>
    mute.client.callTool({ name: "search_lead", arguments: {} }),
  );
  await tried("delete_dnc, nobody can be asked", () => deletion(mute.client));
  await mute.client.close();

  for (const [person, answer] of Object.entries(ANSWERS)) {
    const asked = [];
    const answering = async (request) => {
      asked.push(request.params.message);
      // A no that comes sooner than a person can read the question counts as no answer.
      if (answer.action === "decline") await new Promise((read) => setTimeout(read, 4000));
      return answer;
    };
    const { client } = await connected(answering, server());
    await tried(`delete_dnc, a person ${person}`, () => deletion(client));
    say(`asked when a person ${person}`, { times: asked.length, question: asked[0] });
    await client.close();
  }
  await wait(connected);
}

// A client that can't be asked, and a ledger that is kept: the call waits, and gives a code.
async function wait(connected) {
  const stateDir = mkdtempSync(join(tmpdir(), "story-"));
  const { client, call } = await connected(null, server(stateDir));
  const heard = [];
  const hearing = { onprogress: (progress) => heard.push(progress) };
  let code;
  await tried("delete_dnc, nobody answers for 50 seconds", async () => {
    const result = await call({ name: "delete_dnc", arguments: { number: NUMBER } }, hearing);
    code = result.structuredContent?.approval_code;
    return result;
  });
  say("heard while it waited", { times: heard.length, question: heard[0]?.message });
  execFileSync(PYTHON, [join(import.meta.dirname, "approving.py"), stateDir, code]);
  await tried("delete_dnc, approved on a terminal", () => deletion(client));
  await client.close();
  rmSync(stateDir, { recursive: true });
}

function deletion(client) {
  return client.callTool({ name: "delete_dnc", arguments: { number: NUMBER } });
}

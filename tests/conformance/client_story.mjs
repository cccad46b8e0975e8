// What each TypeScript client is put through: a tool that asks nobody, one that asks a person, and
// a call that doesn't fit its tool. Each line that is printed is one thing that was seen, as JSON.

export const SERVER = { command: process.argv[2], args: ["-m", "chasedata_mcp", "--sandbox"] };

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
  const mute = await connected(null);
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
    const { client } = await connected(async (request) => {
      asked.push(request.params.message);
      return answer;
    });
    await tried(`delete_dnc, a person ${person}`, () => deletion(client));
    say(`asked when a person ${person}`, { times: asked.length, question: asked[0] });
    await client.close();
  }
}

function deletion(client) {
  return client.callTool({ name: "delete_dnc", arguments: { number: NUMBER } });
}

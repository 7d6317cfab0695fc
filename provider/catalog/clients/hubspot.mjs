// Calls HubSpot's own client and says what came of it: reads {base, token, calls}
// from the standard input, each call {method: read|update, args}, and writes a list
// of {ok, value} or {ok: false, status, body}.
import { Client } from "@hubspot/api-client";

let input = "";
for await (const chunk of process.stdin) input += chunk;
const { base, token, calls } = JSON.parse(input);
const client = new Client({ accessToken: token, basePath: base, numberOfApiCallRetries: 0 });
const out = [];
for (const { method, args } of calls) {
  try {
    out.push({ ok: true, value: await client.crm.contacts.batchApi[method](...args) });
  } catch (e) {
    out.push({ ok: false, status: e?.code ?? 0, body: e?.body ?? String(e?.message ?? e) });
  }
}
process.stdout.write(JSON.stringify(out));

// Calls the vendors' own clients and says what came of it. Reads a list of
// {vendor, call, args, base, key} from the standard input and writes one of
// {ok, value} or {ok: false, error} for each.
import Firecrawl from "@mendable/firecrawl-js";
import ZeroBounceSDK from "@zerobounce/zero-bounce-sdk";
import Exa from "exa-js";
import NeverBounce from "neverbounce";
import PDLJS from "peopledatalabs";

const clients = {
  peopledatalabs: ({ base, key }) => new PDLJS({ apiKey: key, basePath: `${base}/v5` }),
  neverbounce: ({ base, key }) => {
    const at = new URL(base); // only host and port can be set: the rest of the path is put before the version
    return new NeverBounce({ apiKey: key, apiVersion: `${at.pathname.slice(1)}/v4.2`, opts: { host: at.hostname, port: Number(at.port) } });
  },
  zerobounce: ({ base, key }) => {
    const client = new (ZeroBounceSDK.default ?? ZeroBounceSDK)();
    client.init(key, `${base}/v2`);
    return client;
  },
  exa: ({ base, key }) => new (Exa.default ?? Exa)(key, base),
  firecrawl: ({ base, key }) => new (Firecrawl.default ?? Firecrawl)({ apiKey: key, apiUrl: base, maxRetries: 1 }),
};

let input = "";
for await (const chunk of process.stdin) input += chunk;
const out = [];
for (const one of JSON.parse(input)) {
  try {
    const client = clients[one.vendor](one);
    const path = one.call.split(".");
    const method = path.pop();
    const at = path.reduce((o, k) => o[k], client);
    out.push({ ok: true, value: (await at[method](...one.args)) ?? null });
  } catch (e) {
    out.push({ ok: false, error: e?.message ?? JSON.stringify(e), status: e?.status ?? e?.statusCode ?? 0 });
  }
}
process.stdout.write(JSON.stringify(out));

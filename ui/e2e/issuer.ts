import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Who has an account at the issuer. */
export type Someone = { sub: string; name: string; email: string; email_verified: boolean };

export type Issuer = { url: string; host: string; secret: string; stop: () => Promise<void> };

const clientId = "fettle";
const b64 = (v: object | string) => Buffer.from(typeof v === "string" ? v : JSON.stringify(v)).toString("base64url");

/**
 * A small OpenID Connect issuer with a page on which one clicks who one is. It goes by the name localhost, so
 * that to the browser it is another site than the server at 127.0.0.1.
 */
export async function issuer(people: Someone[]): Promise<Issuer> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const secret = randomUUID();
  const codes = new Map<string, { asked: URLSearchParams; who: Someone }>();
  let url = "";

  const idToken = (nonce: string, who: Someone) => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: url, aud: clientId, iat: now, exp: now + 300, nonce, ...who };
    const signed = `${b64({ alg: "ES256", kid: "k1" })}.${b64(claims)}`;
    const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
    return `${signed}.${signature.toString("base64url")}`;
  };

  const page = (asked: URLSearchParams) => {
    const choices = people.map(
      (p) => `<li><a href="/choose?${new URLSearchParams([...asked, ["as", p.sub]])}">${p.email}</a>`,
    );
    return `<!doctype html><title>Issuer</title><h1>Who are you?</h1><ul>${choices.join("")}</ul><a href="/choose?${asked}">Cancel</a>`;
  };

  const choose = (asked: URLSearchParams) => {
    const back = new URL(asked.get("redirect_uri") ?? "");
    back.searchParams.set("state", asked.get("state") ?? "");
    const who = people.find((p) => p.sub === asked.get("as"));
    if (!who) back.searchParams.set("error", "access_denied");
    else {
      const code = randomUUID();
      codes.set(code, { asked, who });
      back.searchParams.set("code", code);
    }
    return back.href;
  };

  /** Gives a code's token once, to the client that began with its challenge. */
  const exchange = (form: URLSearchParams, authorization: string) => {
    const held = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const known = authorization === `Basic ${Buffer.from(`${clientId}:${secret}`).toString("base64")}`;
    if (!held || !known || challenge !== held.asked.get("code_challenge")) return null;
    return { access_token: "x", token_type: "Bearer", id_token: idToken(held.asked.get("nonce") ?? "", held.who) };
  };

  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    const at = new URL(req.url ?? "/", url);
    const json = (v: unknown, status = 200) =>
      res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(v));
    switch (at.pathname) {
      case "/.well-known/openid-configuration":
        return json({
          issuer: url,
          authorization_endpoint: `${url}/authorise`,
          token_endpoint: `${url}/token`,
          jwks_uri: `${url}/keys`,
          id_token_signing_alg_values_supported: ["ES256"],
        });
      case "/keys":
        return json({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k1", alg: "ES256", use: "sig" }] });
      case "/authorise":
        return res.writeHead(200, { "Content-Type": "text/html" }).end(page(at.searchParams));
      case "/choose":
        return res.writeHead(302, { Location: choose(at.searchParams) }).end();
      case "/token": {
        let form = "";
        for await (const part of req) form += part;
        const token = exchange(new URLSearchParams(form), req.headers.authorization ?? "");
        return json(token ?? { error: "invalid_grant" }, token ? 200 : 400);
      }
      default:
        return res.writeHead(404).end();
    }
  };

  const server = createServer((req, res) => void answer(req, res));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  url = `http://${host}`;
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { url, host, secret, stop };
}

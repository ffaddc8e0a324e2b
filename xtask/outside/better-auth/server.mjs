// A real Better Auth on loopback: signs people up, issues their JWTs, publishes its keys. Rows live in memory.
//
// Usage: node server.mjs PORT [ALGORITHM]
// Prints one line of JSON once it listens: {"origin": "...", "tokens": {"ada": "...", "bob": "...", "root": "..."}}.

import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { toNodeHandler } from "better-auth/node";
import { admin, jwt } from "better-auth/plugins";

const [port = "3999", algorithm = "EdDSA"] = process.argv.slice(2);
const origin = `http://127.0.0.1:${port}`;
const curves = { EdDSA: "Ed25519" };
const rows = { user: [], session: [], account: [], verification: [], jwks: [] };

const auth = betterAuth({
  baseURL: origin,
  secret: crypto.randomUUID() + crypto.randomUUID(),
  database: memoryAdapter(rows),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  plugins: [
    jwt({ jwks: { keyPairConfig: { alg: algorithm, ...(curves[algorithm] && { crv: curves[algorithm] }) } } }),
    admin(),
  ],
});

async function tokenOf(name, role) {
  const signUp = await fetch(`${origin}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ name, email: `${name}@example.com`, password: `${name}-${crypto.randomUUID()}` }),
  });
  if (!signUp.ok) throw new Error(`sign-up of ${name}: ${signUp.status} ${await signUp.text()}`);
  const cookie = signUp.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
  if (role) rows.user.find((user) => user.name === name).role = role;
  const answer = await fetch(`${origin}/api/auth/token`, { headers: { cookie } });
  if (!answer.ok) throw new Error(`token of ${name}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()).token;
}

const server = createServer(toNodeHandler(auth));
server.listen(Number(port), "127.0.0.1", async () => {
  try {
    const tokens = { ada: await tokenOf("ada"), bob: await tokenOf("bob"), root: await tokenOf("root", "admin") };
    console.log(JSON.stringify({ origin, tokens }));
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
});
process.on("SIGTERM", () => server.close(() => process.exit(0)));

// A person signs in at a real Better Auth; its token works at the native server and at the generated FastAPI project, for
// every algorithm that it can sign with.
//
// Usage: node check.mjs GROMA SPECS PROGRAMS   (the groma binary, the folder with the specs of examples/tasks, and the
// folder with the programs of a Python environment for generated projects)

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const [groma, specs, programs] = process.argv.slice(2);
const run = promisify(execFile);
const algorithms = ["EdDSA", "ES256", "ES512", "RS256", "PS256"];
const running = new Set();

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

// Starts a program and gives the first line that it prints.
async function start(program, args, env) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  for await (const line of createInterface({ input: child.stdout })) return { child, line };
  throw new Error(`${program} ended before it said anything`);
}

async function stop({ child }) {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
}

async function check(algorithm) {
  const project = await mkdtemp(join(tmpdir(), "groma-better-auth-"));
  await cp(specs, join(project, "specs"), { recursive: true });
  const tokensSpec = join(project, "specs/auth/tokens.md");
  const text = await readFile(tokensSpec, "utf8");
  await writeFile(tokensSpec, text.replace("algorithms EdDSA", `algorithms ${algorithm}`));

  const port = String(await freePort());
  const auth = await start(process.execPath, [join(import.meta.dirname, "server.mjs"), port, algorithm]);
  const { origin, tokens } = JSON.parse(auth.line);
  const env = { BETTER_AUTH_URL: origin, AUTH_JWKS_URL: `${origin}/api/auth/jwks` };
  try {
    for (const [name, serve] of Object.entries(servers)) {
      const api = await serve(project, env);
      try {
        await conversation(api.base, tokens);
      } finally {
        await stop(api);
      }
      console.log(`better auth, ${algorithm}, ${name}: the token works, a changed one does not, rows stay apart`);
    }
  } finally {
    await stop(auth);
    await rm(project, { recursive: true });
  }
}

// Who is asked with the tokens: each is started on a design, and tells where it is.
const servers = {
  async native(project, env) {
    const api = await start(groma, ["serve", "--port", "0", project], { ...env, LOG: "warn" });
    return { ...api, base: api.line.replace("listening on ", "") };
  },
  async fastapi(project, env) {
    const cwd = join(project, "backend");
    const settings = { ...process.env, ...env, WEB_ORIGINS: "http://localhost:3000", DATABASE_URL: `sqlite:///${join(project, "tasks.db")}` };
    await run(groma, ["generate", "fastapi", "backend"], { cwd: project });
    await run(join(programs, "alembic"), ["upgrade", "head"], { cwd, env: settings });
    const port = String(await freePort());
    const words = ["app.asgi:app", "--port", port, "--log-level", "warning"];
    const child = spawn(join(programs, "uvicorn"), words, { cwd, env: settings, stdio: ["ignore", "inherit", "inherit"] });
    running.add(child);
    child.once("exit", () => running.delete(child));
    const base = `http://127.0.0.1:${port}`;
    for (let waits = 0; running.has(child) && waits < 600; waits++) {
      if (await fetch(`${base}/readyz`).then((answer) => answer.ok, () => false)) return { child, base };
      await sleep(100);
    }
    throw new Error("the FastAPI project does not start");
  },
};

async function conversation(base, tokens) {
  const call = async (method, path, token, body) => {
    const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body && { "content-type": "application/json" }) };
    const answer = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text ? JSON.parse(text) : null };
  };
  const made = await call("POST", "/api/tasks", tokens.ada, { title: "Buy milk" });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const path = `/api/tasks/${made.body.id}`;
  assert.equal((await call("GET", path, tokens.ada)).status, 200, "the owner reads the task");
  assert.equal((await call("GET", path, tokens.bob)).status, 404, "nobody else sees it");
  assert.equal((await call("GET", path, tokens.root)).status, 200, "an admin of Better Auth is an admin here");
  assert.equal((await call("GET", path)).status, 401, "no token, no answer");
  const [head, claims, signature] = tokens.ada.split(".");
  const forged = `${head}.${Buffer.from(Buffer.from(claims, "base64url").toString().replace("ada", "bob")).toString("base64url")}.${signature}`;
  assert.equal((await call("GET", path, forged)).status, 401, "a changed token is refused");
  const sub = JSON.parse(Buffer.from(claims, "base64url")).sub;
  assert.equal(made.body.owner_id, sub, "the owner is the subject of the token");
}

process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));
for (const algorithm of algorithms) {
  await check(algorithm);
}

import type { Middleware, ParameterizedContext } from "koa";
import type { z } from "zod";
import { sha256 } from "../crypto.ts";
import { VISITOR } from "../db/context.ts";
import type { Log } from "../log.ts";
import { BASIC_CHALLENGE, basicCredentials } from "./basic.ts";
import { type BodyBounds, readJson, readRaw } from "./body.ts";
import { networkOf } from "./clientAddress.ts";
import type { Auth, Call, Identity, Route } from "./door.ts";
import { FileAnswer } from "./files.ts";
import type { Once } from "./idempotency.ts";
import { parseInput } from "./input.ts";
import type { Limits } from "./limits.ts";
import { type Problem, problems } from "./problems.ts";

/** What the server knows of a request before a door opens. */
export interface RequestState {
  requestId: string;
  /** The client's address; see `clientAddressOf`. */
  clientAddress: string;
  log: Log;
  /** The route's template, for the metrics. */
  template?: string;
  actorId?: string;
  /** What a 401 asks for; Bearer unless the door takes HTTP Basic. */
  challenge?: string;
}

export type HttpContext = ParameterizedContext<RequestState>;

/** Tells who an access token belongs to; undefined when it proves nothing. */
export type Authenticate = (accessToken: string) => Promise<Identity | undefined>;

/** What all doors of a server share. */
export interface Gatehouse {
  readonly authenticate: Authenticate;
  readonly limits: Limits;
  readonly once: Once;
  readonly bounds: BodyBounds;
  /** Whether answers are held against their schema; tests do, production trusts the types. */
  readonly checkAnswers: boolean;
}

/** The way through one door: who are you, may you, how often, what do you bring, then the handler and its answer. */
export const passThrough =
  (gatehouse: Gatehouse, route: Route): Middleware<RequestState> =>
  async (ctx) => {
    ctx.state.template = `/api/v1${route.path}`;
    ctx.set("Cache-Control", "no-store");
    const identity = await admit(gatehouse, route, ctx);
    await gatehouse.limits.take(route.limit, identity?.actor.id ?? networkOf(ctx.state.clientAddress));
    const { bounds } = gatehouse;
    const body = await (route.raw ? readRaw(ctx.req, route.raw, bounds.withinMs) : readJson(ctx.req, bounds));
    // A browser that is challenged so asks its user; a page that sends JSON has a form of its own.
    if (route.basic && body === undefined) ctx.state.challenge = BASIC_CHALLENGE;
    const call: Call = {
      actor: identity?.actor ?? VISITOR,
      sessionId: identity?.sessionId,
      input: parseInput(route, { body, query: ctx.query, params: paramsOf(ctx) }),
      basic: route.basic ? basicCredentials(ctx.get("Authorization")) : undefined,
      network: networkOf(ctx.state.clientAddress),
      requestId: ctx.state.requestId,
      log: ctx.state.log,
    };
    const key = keyOf(route, ctx);
    if (route.keyed === undefined || key === undefined || identity === undefined) {
      const result = await route.handler(call);
      if (result instanceof FileAnswer) return answerFile(gatehouse, ctx, route, result);
      answer(ctx, route, bodyText(gatehouse, route, route.keyed ? route.keyed.present(result) : result));
      return;
    }
    const { present } = route.keyed;
    const fingerprint = fingerprintOf(ctx, body);
    const kept = await gatehouse.once.run(
      { actorId: identity.actor.id, key, fingerprint },
      () => route.handler(call),
      (result) => ({ status: route.answers[0], body: bodyText(gatehouse, route, present(result)) ?? "" }),
    );
    if (kept.replayed) ctx.set("Idempotency-Replayed", "true");
    answer(ctx, route, kept.body === "" ? undefined : kept.body);
  };

async function admit(gatehouse: Gatehouse, route: Route, ctx: HttpContext): Promise<Identity | undefined> {
  if (route.auth === "none") return undefined;
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(ctx.get("Authorization"))?.[1];
  const identity = token === undefined ? undefined : await gatehouse.authenticate(token);
  if (identity === undefined) {
    await gatehouse.limits.take("auth", networkOf(ctx.state.clientAddress));
    throw problems.unauthorized(token === undefined ? "Send Authorization: Bearer and an access token." : undefined);
  }
  ctx.state.actorId = identity.actor.id;
  if (!mayPass(route.auth, identity)) throw problems.forbidden();
  return identity;
}

const mayPass = (auth: Exclude<Auth, "none">, { actor }: Identity): boolean =>
  auth === "user" || auth.some((role) => actor.roles.includes(role));

const paramsOf = (ctx: HttpContext): unknown => (ctx as { params?: unknown }).params;

/** The request's Idempotency-Key, if this door takes one. */
function keyOf(route: Route, ctx: HttpContext): string | undefined {
  const key = ctx.get("Idempotency-Key");
  if (key === "") {
    if (route.keyed?.idempotent === "required") throw problems.idempotency_key_required();
    return undefined;
  }
  if (route.keyed === undefined) {
    if (route.method === "post") throw problems.idempotency_key_refused();
    return undefined;
  }
  if (!/^[\x21-\x7e]{8,200}$/.test(key))
    throw problems.idempotency_key_invalid("It has 8 to 200 visible ASCII characters.");
  return key;
}

const fingerprintOf = (ctx: HttpContext, body: unknown): string =>
  sha256(`${ctx.method} ${ctx.url}\n${body instanceof Uint8Array ? sha256(body) : JSON.stringify(body, inKeyOrder)}`);

const inKeyOrder = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** The answer's JSON; undefined for none. */
function bodyText({ checkAnswers }: Gatehouse, route: Route, body: unknown): string | undefined {
  const [, schema] = route.answers;
  if (checkAnswers) holdAgainst(schema, route, body);
  return body === undefined ? undefined : JSON.stringify(body);
}

function holdAgainst(schema: z.ZodType, { method, path }: Route, body: unknown): void {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new Error(`${method} ${path} answers what its schema does not have: ${parsed.error}`);
}

function answer(ctx: HttpContext, route: Route, text: string | undefined): void {
  if (text === undefined) ctx.body = null;
  else {
    ctx.type = "application/json";
    ctx.body = text;
  }
  // Last, for a body of null sets 204.
  ctx.status = route.answers[0];
}

/** Answers a file; whoever has it already is told so without it. */
function answerFile({ checkAnswers }: Gatehouse, ctx: HttpContext, route: Route, file: FileAnswer): void {
  if (checkAnswers) holdAgainst(route.answers[1], route, file);
  ctx.status = route.answers[0];
  ctx.set(file.headers);
  ctx.body = ctx.fresh ? null : file.bytes;
  if (ctx.fresh) ctx.status = 304;
  else ctx.type = file.type;
}

/** Answers a problem. */
export function answerProblem(ctx: HttpContext, problem: Problem): void {
  ctx.status = problem.status;
  if (problem.status === 401) ctx.set("WWW-Authenticate", ctx.state.challenge ?? 'Bearer realm="tributary"');
  if (problem.status === 408) ctx.set("Connection", "close");
  if (typeof problem.extra.retry_after === "number") ctx.set("Retry-After", String(problem.extra.retry_after));
  ctx.body = JSON.stringify(problem.toBody(ctx.state.requestId));
  ctx.type = "application/problem+json";
}

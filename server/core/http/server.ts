import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Router from "@koa/router";
import Koa from "koa";
import helmet from "koa-helmet";
import type { House } from "../house.ts";
import { newId } from "../ids.ts";
import type { Metrics } from "../metrics.ts";
import { clientAddressOf } from "./clientAddress.ts";
import { answerClientError } from "./clientError.ts";
import type { Door } from "./door.ts";
import type { Readiness } from "./health.ts";
import { Once } from "./idempotency.ts";
import { Limits } from "./limits.ts";
import {
  type Authenticate,
  answerProblem,
  type Gatehouse,
  type HttpContext,
  passThrough,
  type RequestState,
} from "./pass.ts";
import { Problem, problems } from "./problems.ts";
import { systemRouter } from "./system.ts";

const BODY_BYTES = 256 * 1_024;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What a server is made of. */
export interface HttpServerOptions {
  readonly house: House;
  readonly doors: readonly Door[];
  readonly authenticate: Authenticate;
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  /** Whether answers are held against their schema; for tests. */
  readonly checkAnswers?: boolean;
  /** How long a body may take to arrive, in milliseconds; 10,000 unless said. */
  readonly bodyWithinMs?: number;
  /** How long headers may take to arrive, in milliseconds; 10,000 unless said. */
  readonly headersWithinMs?: number;
  /** How long a stop waits for requests that run, in milliseconds; 4,500 unless said. */
  readonly stopWithinMs?: number;
}

/** A server that can be started and stopped once. */
export interface HttpServer {
  /** @returns the port, also where `port` was 0 */
  listen(port: number, host: string): Promise<number>;
  /** Takes no more requests and waits for those that run, at most `stopWithinMs`. */
  stop(): Promise<void>;
}

/** Puts the doors of the house behind one HTTP server. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { house, doors, authenticate, metrics, readiness, checkAnswers = false, bodyWithinMs = 10_000 } = options;
  const routes = doors.flatMap((door) => door.routes);
  const gatehouse: Gatehouse = {
    authenticate,
    limits: new Limits(house.config.limits),
    once: new Once(house.db, () => house.clock.now()),
    bounds: { most: BODY_BYTES, withinMs: bodyWithinMs },
    checkAnswers,
  };
  const router = new Router<RequestState>({ prefix: "/api/v1", strict: true, sensitive: true });
  for (const route of routes) router[route.method](route.path, passThrough(gatehouse, route));

  let stopping = false;
  const app = new Koa<RequestState>();
  app.on("error", (error: unknown) => house.log.debug({ err: error }, "a connection broke"));
  app.use(observe(house, metrics, () => stopping));
  app.use(helmet());
  app.use(systemRouter({ metrics, readiness, routes, publicUrl: house.config.publicUrl.origin }).routes());
  app.use(router.routes());
  app.use(nobodyHome);

  const server = createServer(
    {
      headersTimeout: options.headersWithinMs ?? 10_000,
      requestTimeout: 30_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 10_000,
    },
    app.callback(),
  );
  server.on("clientError", answerClientError);
  return {
    listen: (port, host) => listen(server, port, host),
    stop: () => {
      stopping = true;
      return stop(server, options.stopWithinMs ?? 4_500);
    },
  };
}

/** Names the request, answers whatever is thrown, and writes one line and one measurement about it. */
const observe = (house: House, metrics: Metrics, stopping: () => boolean): Koa.Middleware<RequestState> => {
  const addressOf = clientAddressOf(house.config.trustedProxies);
  return async (ctx, next) => {
    const startedAt = performance.now();
    const given = ctx.get("X-Request-Id");
    const requestId = UUID.test(given) ? given : newId();
    const log = house.log.child({ request_id: requestId });
    Object.assign(ctx.state, { requestId, clientAddress: addressOf(ctx.req), log });
    ctx.set("X-Request-Id", requestId);
    try {
      await next();
    } catch (error) {
      if (!(error instanceof Problem)) log.error({ err: error }, "a request failed");
      answerProblem(ctx, error instanceof Problem ? error : problems.internal_error());
    }
    if (stopping()) ctx.set("Connection", "close");
    ctx.res.once("close", () => {
      const seconds = (performance.now() - startedAt) / 1_000;
      const { template: route = "none", actorId: actor, clientAddress: client } = ctx.state;
      metrics.httpSeconds.observe({ method: ctx.method, route, status: String(ctx.status) }, seconds);
      log.info(
        { method: ctx.method, route, path: ctx.path, status: ctx.status, ms: seconds * 1_000, actor, client },
        "request",
      );
    });
  };
};

/** No route matched: the address is unknown, or only the method is. */
const nobodyHome = (ctx: HttpContext): void => {
  const matched = (ctx as { matched?: readonly { methods: readonly string[] }[] }).matched ?? [];
  const methods = [...new Set(matched.flatMap((layer) => layer.methods))];
  if (methods.length === 0) throw problems.not_found();
  ctx.set("Allow", methods.join(", "));
  throw problems.method_not_allowed(`Try ${methods.join(", ")}.`);
};

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

async function stop(server: Server, withinMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const patience = setTimeout(() => server.closeAllConnections(), withinMs);
  await closed;
  clearTimeout(patience);
}

import Router from "@koa/router";
import type { Metrics } from "../metrics.ts";
import { blockList } from "./clientAddress.ts";
import type { Route } from "./door.ts";
import { errorsPage } from "./errorsPage.ts";
import type { Readiness } from "./health.ts";
import { openApiDocument } from "./openapi.ts";
import type { RequestState } from "./pass.ts";
import { problems } from "./problems.ts";

/** Where a scraper may be: on this machine or in the private network. */
const PRIVATE = blockList(["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7"]);

interface SystemParts {
  readonly metrics: Metrics;
  readonly readiness: Readiness;
  readonly routes: readonly Route[];
  readonly publicUrl: string;
}

/** The addresses that are no resources: liveness, readiness, metrics, the OpenAPI document and the errors page. */
export function systemRouter({ metrics, readiness, routes, publicUrl }: SystemParts): Router<RequestState> {
  const router = new Router<RequestState>({ strict: true, sensitive: true });
  const document = JSON.stringify(openApiDocument(routes, publicUrl));
  router.get("/health", (ctx) => {
    ctx.body = { status: "ok" };
  });
  router.get("/ready", async (ctx) => {
    const { ready, checks } = await readiness.ask();
    if (!ready) throw problems.not_ready(undefined, { checks });
    ctx.body = { status: "ready", checks };
  });
  router.get("/metrics", async (ctx) => {
    if (!isPrivate(ctx.state.clientAddress)) throw problems.not_found();
    ctx.body = await metrics.registry.metrics();
    ctx.type = metrics.registry.contentType;
  });
  router.get("/openapi.json", (ctx) => {
    ctx.type = "application/json";
    ctx.body = document;
  });
  router.get("/docs/errors", (ctx) => {
    ctx.type = "text/markdown; charset=utf-8";
    ctx.body = errorsPage();
  });
  return router;
}

const isPrivate = (address: string): boolean => PRIVATE.check(address, address.includes(":") ? "ipv6" : "ipv4");

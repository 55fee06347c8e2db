import { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import type { Route } from "./door.ts";
import { fileTypeOf } from "./files.ts";
import { type ProblemFactory, problems } from "./problems.ts";

const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    request_id: z.string(),
    fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: "Problem", description: "RFC 9457; `code` is stable, further members depend on it" });

const IdempotencyKey = (required: boolean) =>
  (required ? z.string() : z.string().optional()).meta({
    description: "The same key and body again gives the same answer without doing it again; kept for a day",
    override: { type: "string", minLength: 8, maxLength: 200 },
  });

/** Describes all routes as an OpenAPI 3.1 document, from the very schemas that parse them. */
export function openApiDocument(routes: readonly Route[], serverUrl: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = `/api/v1${route.path.replaceAll(/:(\w+)/g, "{$1}")}`;
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return createDocument({
    openapi: "3.1.0",
    info: { title: "Tributary", version: "1", description: "Commerce whose money settles itself. See /docs/errors." },
    servers: [{ url: serverUrl }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
        basic: { type: "http", scheme: "basic" },
      },
    },
    paths,
  });
}

function operation(route: Route): ZodOpenApiOperationObject {
  const [status, schema] = route.answers;
  const success =
    schema instanceof z.ZodVoid ? {} : { content: { [fileTypeOf(schema) ?? "application/json"]: { schema } } };
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.tag],
    security: securityOf(route),
    ...(Array.isArray(route.auth) ? { description: `For ${route.auth.join(" or ")}.` } : {}),
    requestParams: {
      ...(route.params instanceof z.ZodObject ? { path: route.params } : {}),
      ...(route.query instanceof z.ZodObject ? { query: route.query } : {}),
      ...(route.keyed
        ? { header: z.object({ "Idempotency-Key": IdempotencyKey(route.keyed.idempotent === "required") }) }
        : {}),
    },
    ...(route.body ? { requestBody: requestBody(route.body, route.raw?.types ?? ["application/json"]) } : {}),
    responses: { [`${status}`]: { description: "Done", ...success }, ...failures(route) },
  };
}

/** A door that takes HTTP Basic takes the same in its body. */
function securityOf({ auth, basic }: Route): NonNullable<ZodOpenApiOperationObject["security"]> {
  if (basic) return [{ basic: [] }, {}];
  return auth === "none" ? [] : [{ bearer: [] }];
}

const requestBody = (schema: z.ZodType, types: readonly string[]) => ({
  required: !schema.safeParse(undefined).success,
  content: Object.fromEntries(types.map((type) => [type, { schema }])),
});

function failures(route: Route): ZodOpenApiOperationObject["responses"] {
  const byStatus = Map.groupBy(mayAnswer(route), ({ status }) => status);
  return Object.fromEntries(
    [...byStatus].map(([status, factories]) => [
      `${status}`,
      {
        description: factories.map(({ code, title }) => `\`${code}\`: ${title}.`).join("\n\n"),
        content: { "application/problem+json": { schema: ProblemBody } },
      },
    ]),
  );
}

function mayAnswer(route: Route): ProblemFactory[] {
  const { validation_failed, unknown_field, unauthorized, forbidden, rate_limited } = problems;
  return [
    validation_failed,
    unknown_field,
    ...(route.auth === "none" ? [] : [unauthorized]),
    ...(Array.isArray(route.auth) ? [forbidden] : []),
    ...(route.keyed ? [problems.idempotency_key_running, problems.idempotency_key_reused] : []),
    ...(route.problems ?? []),
    rate_limited,
  ];
}

/** `GET /orders/:id/lines` is `get_orders_id_lines`. */
const operationId = ({ method, path }: Route): string => `${method}${path.replaceAll(/[/:]+/g, "_")}`;

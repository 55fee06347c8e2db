/** What every problem of one code has in common. `title` is a sentence for people, without its full stop. */
export interface ProblemDefinition {
  readonly status: number;
  readonly title: string;
}

type Extra = Readonly<Record<string, unknown>>;

/** An error meant for the client: thrown anywhere below a door, answered as `application/problem+json`. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly extra: Extra;

  constructor(code: string, definition: ProblemDefinition, detail: string, extra: Extra) {
    super(`${code}: ${detail}`);
    this.name = "Problem";
    this.code = code;
    this.status = definition.status;
    this.title = definition.title;
    this.detail = detail;
    this.extra = extra;
  }

  /** The JSON people get. Extra members never hide the standard ones. */
  toBody(requestId: string): Record<string, unknown> {
    const { code, status, title, detail } = this;
    return { ...this.extra, type: `/docs/errors#${code}`, title, status, code, detail, request_id: requestId };
  }
}

/** Makes a problem of one code; also what a route names to say that it may answer it. */
export interface ProblemFactory extends ProblemDefinition {
  /** @param detail what happened this time, for a person to act on; the title unless said */
  (detail?: string, extra?: Extra): Problem;
  readonly code: string;
}

const registry = new Map<string, ProblemFactory>();

/**
 * Defines the problems of one room; every code exists once in the whole house.
 * @example
 * export const problems = defineProblems({ out_of_stock: { status: 409, title: "Not enough stock" } });
 * throw problems.out_of_stock("Only 2 of \"Blue mug\" are left.", { good_id, available: 2 });
 */
export function defineProblems<const Definitions extends Readonly<Record<string, ProblemDefinition>>>(
  definitions: Definitions,
): { readonly [Code in keyof Definitions]: ProblemFactory } {
  const factories: Record<string, ProblemFactory> = {};
  for (const [code, definition] of Object.entries(definitions)) factories[code] = register(code, definition);
  return factories as { readonly [Code in keyof Definitions]: ProblemFactory };
}

function register(code: string, definition: ProblemDefinition): ProblemFactory {
  if (registry.has(code)) throw new Error(`The problem "${code}" is defined twice`);
  const make = (detail = `${definition.title}.`, extra: Extra = {}) => new Problem(code, definition, detail, extra);
  const factory = Object.assign(make, { code, ...definition });
  registry.set(code, factory);
  return factory;
}

/** All problems of the rooms that are loaded, by code. */
export const allProblems = (): ProblemFactory[] =>
  [...registry.values()].sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));

/** What any door may answer. */
export const problems = defineProblems({
  validation_failed: { status: 400, title: "The request does not have the shape this address expects" },
  unknown_field: { status: 400, title: "The request has a field this address does not know" },
  body_malformed: { status: 400, title: "The body is not usable JSON" },
  request_malformed: { status: 400, title: "The request is not usable HTTP" },
  cursor_invalid: { status: 400, title: "The cursor was not made by this list" },
  use_cursor: { status: 400, title: "Pages this deep are read with the cursor" },
  idempotency_key_required: { status: 400, title: "This request needs an Idempotency-Key header" },
  idempotency_key_invalid: { status: 400, title: "The Idempotency-Key is not usable" },
  idempotency_key_refused: { status: 400, title: "This request takes no Idempotency-Key" },
  unauthorized: { status: 401, title: "Sign in first" },
  forbidden: { status: 403, title: "Your roles do not allow this" },
  not_found: { status: 404, title: "There is nothing here for you" },
  method_not_allowed: { status: 405, title: "This address does not know that method" },
  request_timeout: { status: 408, title: "The request took too long to arrive" },
  conflict: { status: 409, title: "Somebody else was faster" },
  idempotency_key_running: { status: 409, title: "The first request with this Idempotency-Key is still running" },
  body_too_large: { status: 413, title: "The body is too large" },
  unsupported_media_type: { status: 415, title: "The body is of a kind this address does not read" },
  idempotency_key_reused: { status: 422, title: "This Idempotency-Key belongs to another request" },
  rate_limited: { status: 429, title: "Too many requests" },
  headers_too_large: { status: 431, title: "The headers are too large" },
  internal_error: { status: 500, title: "Something went wrong on our side" },
  not_ready: { status: 503, title: "The service cannot do its work now" },
});

import type { z } from "zod";
import type { Actor, Role } from "../db/context.ts";
import type { House } from "../house.ts";
import type { Id } from "../ids.ts";
import type { Log } from "../log.ts";
import type { BasicCredentials } from "./basic.ts";
import type { RawBody } from "./body.ts";
import type { ProblemFactory } from "./problems.ts";

/** Somebody who has signed in. */
export type UserActor = Extract<Actor, { kind: "user" }>;

/** Who sent a request, as its access token proves. */
export interface Identity {
  readonly actor: UserActor;
  /** The login the token belongs to; it ends with its session. */
  readonly sessionId: Id;
}

/** Who may pass: anybody, anybody signed in, or whoever has one of the roles. */
export type Auth = "none" | "user" | readonly [Role, ...Role[]];

/** Which budget of requests a door draws from; the numbers are in the configuration. */
export type LimitName = keyof House["config"]["limits"];

type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type Shape = z.ZodType | undefined;

/** A request as its handler sees it: checked and parsed. */
export interface Call<
  Who extends Auth = Auth,
  Body extends Shape = Shape,
  Query extends Shape = Shape,
  Params extends Shape = Shape,
> {
  readonly actor: Who extends "none" ? Actor : UserActor;
  /** Set unless the door is open to everybody. */
  readonly sessionId: Who extends "none" ? undefined : Id;
  readonly input: { readonly body: Parsed<Body>; readonly query: Parsed<Query>; readonly params: Parsed<Params> };
  /** What came by HTTP Basic, where the door takes it. */
  readonly basic: BasicCredentials | undefined;
  /** Where the request came from, as budgets count it: an IPv4 address or an IPv6 /64. */
  readonly network: string;
  readonly requestId: string;
  readonly log: Log;
}

interface Spec<
  Who extends Auth,
  Body extends Shape,
  Query extends Shape,
  Params extends Shape,
  Answer extends z.ZodType,
> {
  /** A sentence for the documentation. */
  readonly summary: string;
  readonly auth: Who;
  /** Whether the handler wants what came by HTTP Basic. */
  readonly basic?: true;
  readonly limit: LimitName;
  readonly body?: Body;
  /** Where the body is no JSON: its kinds and its bound; `body` is then `Bytes`. */
  readonly raw?: RawBody;
  readonly query?: Query;
  readonly params?: Params;
  /** The status of success and what it carries; `[204, Nothing]` for no body, `[200, download(…)]` for a file. */
  readonly answers: readonly [status: number, schema: Answer];
  /** What it may answer besides the problems of every door. */
  readonly problems?: readonly ProblemFactory[];
}

/** What a door with an Idempotency-Key says besides. */
interface Keyed<Result, Answer> {
  /** Whether the header may or must be there. */
  readonly idempotent: true | "required";
  /**
   * Makes the answer of what the handler's one `write` gave. It runs inside that transaction, so that the answer to
   * a repetition is kept if and only if the work is; hence it is pure, and the handler gives what the write gave.
   */
  readonly present: (result: Result) => Answer;
}

type Method = "get" | "post" | "put" | "patch" | "delete";

/** A route as data: the server runs it and the OpenAPI document describes it. */
export interface Route extends Spec<Auth, Shape, Shape, Shape, z.ZodType> {
  readonly method: Method;
  /** With parameters as `:name`, below `/api/v1`. */
  readonly path: string;
  readonly tag: string;
  readonly keyed: Keyed<unknown, unknown> | undefined;
  readonly handler: (call: Call) => Promise<unknown>;
}

/** The routes of one resource. */
export class Door {
  readonly routes: Route[] = [];
  readonly #tag: string;
  readonly #limits: ReadonlySet<string>;

  constructor(tag: string, limits: ReadonlySet<string>) {
    this.#tag = tag;
    this.#limits = limits;
  }

  get = this.#plain("get");
  put = this.#plain("put");
  patch = this.#plain("patch");
  delete = this.#plain("delete");
  /** A POST that takes no Idempotency-Key: it answers 400 to one. */
  post = this.#plain("post");

  /**
   * A POST that may be sent again with the same Idempotency-Key and then answers the same without doing it again.
   * The handler makes one `house.db.write` and gives what it gave; `present` makes the answer of it.
   */
  postOnce<
    Who extends Exclude<Auth, "none">,
    Answer extends z.ZodType,
    Result,
    Body extends Shape = undefined,
    Query extends Shape = undefined,
    Params extends Shape = undefined,
  >(
    path: string,
    spec: Spec<Who, Body, Query, Params, Answer> & Keyed<Result, z.input<Answer>>,
    handler: (call: Call<Who, Body, Query, Params>) => Promise<NoInfer<Result>>,
  ): this {
    return this.#add("post", path, spec, handler, spec);
  }

  #plain(method: Method) {
    return <
      const Who extends Auth,
      Answer extends z.ZodType,
      Body extends Shape = undefined,
      Query extends Shape = undefined,
      Params extends Shape = undefined,
    >(
      path: string,
      spec: Spec<Who, Body, Query, Params, Answer>,
      handler: (call: Call<Who, Body, Query, Params>) => Promise<z.input<NoInfer<Answer>>>,
    ): this => this.#add(method, path, spec, handler, undefined);
  }

  #add(method: Method, path: string, spec: object, handler: unknown, keyed: unknown): this {
    const route = { ...spec, method, path, tag: this.#tag, keyed, handler } as Route;
    if (!this.#limits.has(route.limit)) throw new Error(`${method} ${path}: there is no limit "${route.limit}"`);
    this.routes.push(route);
    return this;
  }
}

/**
 * Opens the doors of one resource.
 * @example
 * export const cartRoutes = (house: House) => door(house, "cart")
 *   .get("/cart", { summary: "Your cart", auth: "user", limit: "reads", answers: [200, CartView] }, async (c) =>
 *     presentCart(await house.db.read(c.actor, (ctx) => carts.ofUser(ctx, c.actor.id))));
 */
export const door = (house: House, tag: string): Door => new Door(tag, new Set(Object.keys(house.config.limits)));

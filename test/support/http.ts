import type { LocalAccount } from "viem";
import { createSiweMessage } from "viem/siwe";
import { passwordRoutes } from "../../server/api/auth/passwordRoutes.ts";
import { authRoutes } from "../../server/api/auth/routes.ts";
import { authenticator } from "../../server/api/auth.ts";
import { profileRoutes } from "../../server/api/profile/routes.ts";
import type { House } from "../../server/core/house.ts";
import type { Door } from "../../server/core/http/door.ts";
import { Readiness } from "../../server/core/http/health.ts";
import { createHttpServer, type HttpServerOptions } from "../../server/core/http/server.ts";
import { createMetrics } from "../../server/core/metrics.ts";

/** An answer, its JSON parsed. */
export type Answer<Body = Record<string, unknown>> = { status: number; headers: Headers; body: Body };

/** What a login answers. */
export type Tokens = {
  access_token: string;
  token_type: string;
  expires_in: number;
  refresh_token: string;
  user: {
    id: string;
    name: string;
    username: string | null;
    email: string | null;
    pending_email: string | null;
    language: string;
    time_zone: string;
    wallet: string | null;
    wallets: { address: string; primary: boolean; linked_at: string }[];
    roles: string[];
    created_at: string;
  };
};

type RequestHeaders = Readonly<Record<string, string>>;

/** Speaks JSON to a test's server, with or without an access token. */
export class TestClient {
  readonly url: string;
  readonly token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url;
    this.token = token;
  }

  /** The same client for another token. */
  as(token: string): TestClient {
    return new TestClient(this.url, token);
  }

  get = <Body = Record<string, unknown>>(path: string, headers?: RequestHeaders) =>
    this.send<Body>("GET", path, undefined, headers);
  post = <Body = Record<string, unknown>>(path: string, body?: unknown, headers?: RequestHeaders) =>
    this.send<Body>("POST", path, body, headers);
  put = <Body = Record<string, unknown>>(path: string, body?: unknown, headers?: RequestHeaders) =>
    this.send<Body>("PUT", path, body, headers);
  patch = <Body = Record<string, unknown>>(path: string, body?: unknown, headers?: RequestHeaders) =>
    this.send<Body>("PATCH", path, body, headers);
  delete = <Body = Record<string, unknown>>(path: string, headers?: RequestHeaders) =>
    this.send<Body>("DELETE", path, undefined, headers);

  /** @param body a value to be sent as JSON, or text or bytes that go as they are */
  async send<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: RequestHeaders = {},
  ): Promise<Answer<Body>> {
    const response = await fetch(this.url + path, {
      method,
      redirect: "manual",
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: goesAsItIs(body) ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = text !== "" && /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }
}

const goesAsItIs = (body: unknown): body is string | Uint8Array<ArrayBuffer> =>
  typeof body === "string" || body instanceof Uint8Array;

/** A client that has signed in, and what its login answered. */
export type SignedInClient = { client: TestClient; tokens: Tokens; userId: string };

export type TestServer = {
  url: string;
  /** Nobody in particular. */
  client: TestClient;
  /** Signs a wallet in as a browser would: nonce, EIP-4361 message, signature. */
  signIn(account: LocalAccount): Promise<SignedInClient>;
  readiness: Readiness;
  stop(): Promise<void>;
};

/** What may differ from the usual server of a test. */
export type TestServerOptions = Partial<
  Pick<HttpServerOptions, "bodyWithinMs" | "headersWithinMs" | "stopWithinMs" | "checkAnswers">
>;

/**
 * Starts the house's HTTP server on a free port with the doors under test and those of `auth` and `profile`.
 * Every answer is held against the schema its route declares.
 * @example
 * const server = await startTestServer(testHouse(db.database()), (house) => [cartRoutes(house)]);
 * const { client } = await server.signIn(wallet(1));
 * const { status, body } = await client.get("/api/v1/cart");
 */
export async function startTestServer(
  house: House,
  doors: (house: House) => readonly Door[] = () => [],
  options: TestServerOptions = {},
): Promise<TestServer> {
  const readiness = new Readiness();
  const server = createHttpServer({
    house,
    doors: [authRoutes(house), passwordRoutes(house), profileRoutes(house), ...doors(house)],
    authenticate: authenticator(house),
    metrics: createMetrics(),
    readiness,
    checkAnswers: true,
    ...options,
  });
  const port = await server.listen(0, "127.0.0.1");
  const client = new TestClient(`http://127.0.0.1:${port}`);
  return {
    url: client.url,
    client,
    readiness,
    signIn: (account) => signIn(client, account),
    stop: () => server.stop(),
  };
}

/** What `POST /api/v1/auth/nonce` answers. */
export type NonceAnswer = {
  nonce: string;
  expires_at: string;
  message_fields: {
    domain: string;
    uri: string;
    version: "1";
    chain_id: number;
    statement: string;
    nonce: string;
    issued_at: string;
    expiration_time: string;
  };
};

/** The message a wallet shows for a nonce. */
export function loginMessage(account: LocalAccount, { message_fields: fields }: NonceAnswer): string {
  return createSiweMessage({
    address: account.address,
    domain: fields.domain,
    uri: fields.uri,
    version: fields.version,
    chainId: fields.chain_id,
    nonce: fields.nonce,
    statement: fields.statement,
    issuedAt: new Date(fields.issued_at),
    expirationTime: new Date(fields.expiration_time),
  });
}

async function signIn(client: TestClient, account: LocalAccount): Promise<SignedInClient> {
  const nonce = await client.post<NonceAnswer>("/api/v1/auth/nonce", { address: account.address });
  const message = loginMessage(account, nonce.body);
  const signature = await account.signMessage({ message });
  const { status, body } = await client.post<Tokens>("/api/v1/auth/wallet", { message, signature });
  if (status !== 200) throw new Error(`the login failed: ${JSON.stringify(body)}`);
  return { client: client.as(body.access_token), tokens: body, userId: body.user.id };
}

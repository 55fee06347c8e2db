import { existsSync, readFileSync } from "node:fs";
import { type Address, getAddress, type Hex, isAddress, zeroAddress } from "viem";
import { mnemonicToAccount, privateKeyToAddress } from "viem/accounts";
import { z } from "zod";

const DAY_S = 24 * 3_600;
const LOCAL_CHAIN = 31_337;

const address = z
  .string()
  .refine((text) => isAddress(text, { strict: true }), "is no address with a right checksum")
  .transform((text): Address => getAddress(text));
const payee = address.refine((text) => text !== zeroAddress, "must not be the zero address");
const privateKey = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i, "is no 32-byte key in hex")
  .transform((text) => text as Hex);
const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i, "is no 32-byte hash")
  .transform((text) => text as Hex);
const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean),
);

const token = z.strictObject({
  /** The zero address is ETH. */
  address,
  symbol: z.string().min(1),
  decimals: z.number().int().min(0).max(36),
  /** EIP-712 name and version of the token, for ERC-3009; absent where it has none. */
  name: z.string().optional(),
  version: z.string().optional(),
  /** The currency this token can pay, and its price: base units per minor unit as rate_num / rate_den. */
  currency: z.string().length(3),
  rate_num: z.string().regex(/^\d+$/).transform(BigInt),
  rate_den: z
    .string()
    .regex(/^\d+$/)
    .transform(BigInt)
    .refine((value) => value > 0n, "must be above zero"),
});

const expressType = z.strictObject({
  code: z.string().min(1),
  name: z.string().min(1),
  /** Of the freight; the type serves channels of this currency. */
  currency: z.string().length(3),
  freight_minor: z.number().int().min(0),
  carrier: payee,
});

/** What `npm run deploy` writes: where the contracts of one chain are. */
export const addressBook = z.strictObject({
  chainId: z.number().int(),
  genesisHash: hash,
  escrow: address,
  startBlock: z.number().int().min(0),
  /** The escrow speaks for them; they are named for who checks a deployment. */
  desks: z.strictObject({ order: address, revenue: address, agreement: address }).optional(),
  statementRegistry: address.optional(),
  arbiterPanel: address.optional(),
  tokens: z.array(token),
});

const environment = z.object({
  NODE_ENV: z.string().default("development"),
  ROLE: z.enum(["all", "web", "worker"]).default("all"),
  PORT: count(0, 65_535).default(3_000),
  HOST: z.string().default("127.0.0.1"),
  PUBLIC_URL: z.url().default("http://localhost:3000"),
  DATABASE_URL: z
    .string()
    .regex(/^(sqlite:|postgres(ql)?:\/\/)/, "must begin with sqlite: or postgres://")
    .default("sqlite:data/tributary.sqlite"),
  JWT_SECRET: z.string().min(32, "must have at least 32 characters"),
  /** Where pictures are kept; every web process of a house needs the same one. */
  MEDIA_DIR: z.string().min(1).default("data/media"),
  STAFF_WALLETS: list.pipe(z.array(address)).default([]),
  TRUSTED_PROXIES: list.default([]),
  LOG_LEVEL: z.enum(["silent", "fatal", "error", "warn", "info", "debug"]).default("info"),
  RATE_LIMITS: z.string().default("{}"),
  LOGIN_ATTEMPTS: z.string().default("{}"),
  MAIL_URL: z
    .string()
    .regex(/^(smtps?:\/\/[^/]|outbox:.)/, "must begin with smtp://, smtps:// or outbox:")
    .optional(),
  MAIL_FROM: z
    .string()
    .regex(/^([^\p{Cc}<>"@,;:]+ <[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/u, "must be: Name <address>")
    .default("Tributary <no-reply@localhost>"),

  RPC_URLS: list.pipe(z.array(z.url()).min(1)),
  ADDRESS_BOOK: z.string(),
  OPERATOR_KEY: privateKey,
  POLL_MS: count(10, 60_000).default(200),
  RPC_TIMEOUT_MS: count(50, 60_000).default(10_000),
  LEASE_MS: count(500, 60_000).default(5_000),
  CONFIRMATIONS: count(1, 1_000).default(1),
  /** `depth:12`, or `tag` for a chain whose node knows what is finalized. */
  FINALITY: z
    .string()
    .regex(/^(tag|depth:\d+)$/)
    .default("depth:12"),
  BLOCK_RANGE: count(1, 100_000).default(2_000),
  MAX_FEE_GWEI: count(1, 100_000).default(500),

  PLATFORM_PAYEE: payee,
  PLATFORM_FEE_PPM: count(0, 500_000).default(30_000),
  PAYMENT_WINDOW_S: count(60, 30 * DAY_S).default(1_800),
  CAPTURE_WINDOW_S: count(60, 150 * DAY_S).default(14 * DAY_S),
  RELEASE_DELAY_S: count(0, 90 * DAY_S).default(7 * DAY_S),
  REQUIRE_AGREEMENTS: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true"),
  /** JSON array of {code, name, currency, freight_minor, carrier}; a code once per currency. */
  EXPRESS_TYPES: z.string(),
});

/** Requests per minute at each kind of door. */
const limits = z.strictObject({
  auth: z.number().int().positive().default(60),
  reads: z.number().int().positive().default(1_200),
  writes: z.number().int().positive().default(300),
});

/** Wrong passwords in a quarter of an hour, against one user name and from one network. */
const loginAttempts = z.strictObject({
  account: z.number().int().positive().default(10),
  network: z.number().int().positive().default(100),
});

/** A variable of the environment is missing or wrong; the start stops here, with its name. */
export class BadConfiguration extends Error {
  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "BadConfiguration";
  }
}

export type Config = ReturnType<typeof readConfig>;
export type TokenConfig = Config["chain"]["tokens"][number];

/**
 * The environment as one typed object; nothing else in the server reads `process.env`.
 * @throws BadConfiguration naming every variable that is missing or wrong
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>) {
  const parsed = environment.safeParse(env);
  if (!parsed.success)
    throw new BadConfiguration(
      parsed.error.issues.map(({ path, message }) => {
        const name = path.join(".");
        return `${name}: ${env[name] === undefined ? "is not set; docs/configuration.md says what it is" : message}`;
      }),
    );
  const values = parsed.data;
  const book = inside("ADDRESS_BOOK", addressBook, readBook(values.ADDRESS_BOOK));
  refuseKnownKeys(values.OPERATOR_KEY, book.chainId);

  return {
    role: values.ROLE,
    port: values.PORT,
    host: values.HOST,
    publicUrl: new URL(values.PUBLIC_URL),
    databaseUrl: values.DATABASE_URL,
    jwtSecret: values.JWT_SECRET,
    mediaDir: values.MEDIA_DIR,
    staffWallets: values.STAFF_WALLETS,
    trustedProxies: values.TRUSTED_PROXIES,
    logLevel: values.LOG_LEVEL,
    limits: inside("RATE_LIMITS", limits, fromJson("RATE_LIMITS", values.RATE_LIMITS)),
    loginAttempts: inside("LOGIN_ATTEMPTS", loginAttempts, fromJson("LOGIN_ATTEMPTS", values.LOGIN_ATTEMPTS)),
    mail: { from: values.MAIL_FROM, ...mailServer(mailUrl(values.MAIL_URL, book.chainId)) },
    chain: {
      id: book.chainId,
      rpcUrls: values.RPC_URLS,
      genesisHash: book.genesisHash,
      escrow: book.escrow,
      startBlock: book.startBlock,
      tokens: book.tokens.map(({ rate_num, rate_den, ...rest }) => ({ ...rest, rateNum: rate_num, rateDen: rate_den })),
      operatorKey: values.OPERATOR_KEY,
      operator: privateKeyToAddress(values.OPERATOR_KEY),
      pollMs: values.POLL_MS,
      /** For one answer of a node, from the first byte sent to the last received; also the longest a node is left alone. */
      rpcTimeoutMs: values.RPC_TIMEOUT_MS,
      /** How long a process that says nothing keeps the right to write what the chain says. */
      leaseMs: values.LEASE_MS,
      /** Blocks a log needs on top, itself counted, before people may rely on it. */
      confirmations: values.CONFIRMATIONS,
      finality: finality(values.FINALITY),
      /** Blocks asked for at once, before a node says it is too much. */
      blockRange: values.BLOCK_RANGE,
      maxFeePerGas: BigInt(values.MAX_FEE_GWEI) * 10n ** 9n,
    },
    settlement: {
      platformPayee: values.PLATFORM_PAYEE,
      platformFeePpm: values.PLATFORM_FEE_PPM,
      paymentWindowS: values.PAYMENT_WINDOW_S,
      captureWindowS: values.CAPTURE_WINDOW_S,
      releaseDelayS: values.RELEASE_DELAY_S,
      /** Whether every order needs an agreement that its merchant and partners signed. */
      requireAgreements: values.REQUIRE_AGREEMENTS,
    },
    expressTypes: inside(
      "EXPRESS_TYPES",
      z.array(expressType).min(1),
      fromJson("EXPRESS_TYPES", values.EXPRESS_TYPES),
    ).map(({ freight_minor, ...rest }) => ({ ...rest, freightMinor: freight_minor })),
  };
}

function finality(text: string): { source: "tag" } | { source: "depth"; depth: number } {
  return text === "tag" ? { source: "tag" } : { source: "depth", depth: Number(text.slice("depth:".length)) };
}

/** Codes that open accounts do not go into a folder because somebody forgot to say where mail goes. */
function mailUrl(given: string | undefined, chainId: number): string {
  if (given === undefined && chainId !== LOCAL_CHAIN)
    throw new BadConfiguration(["MAIL_URL: is not set; say smtp://… or smtps://…, or outbox:FOLDER if you mean it"]);
  return given ?? "outbox:data/outbox";
}

/** Where mail goes: a folder, or a server with its usual port unless one is said. */
function mailServer(text: string) {
  if (text.startsWith("outbox:")) return { kind: "outbox" as const, folder: text.slice("outbox:".length) };
  const url = URL.parse(text);
  if (!url?.hostname) throw new BadConfiguration(["MAIL_URL: is no usable URL"]);
  const secure = url.protocol === "smtps:";
  const port = url.port === "" ? (secure ? 465 : 587) : Number(url.port);
  const auth = url.username === "" ? undefined : { user: plain(url.username), pass: plain(url.password) };
  return { kind: "smtp" as const, host: url.hostname, port, secure, auth };
}

function plain(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw new BadConfiguration(["MAIL_URL: has a % in its name or password that is not %25"]);
  }
}

function fromJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadConfiguration([`${name}: is not JSON`]);
  }
}

function readBook(file: string): unknown {
  if (!existsSync(file))
    throw new BadConfiguration([`ADDRESS_BOOK: there is no file ${file}; npm run deploy writes one`]);
  return fromJson("ADDRESS_BOOK", readFileSync(file, "utf8"));
}

function inside<T>(name: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BadConfiguration(parsed.error.issues.map((issue) => `${name}.${issue.path.join(".")}: ${issue.message}`));
}

/** The accounts of this phrase are public; on any chain but the local one their money is anybody's. */
const DEVELOPMENT_PHRASE = "test test test test test test test test test test test junk";

function refuseKnownKeys(key: Hex, chainId: number): void {
  if (chainId === LOCAL_CHAIN) return;
  const operator = privateKeyToAddress(key);
  const known = Array.from(
    { length: 20 },
    (_, addressIndex) => mnemonicToAccount(DEVELOPMENT_PHRASE, { addressIndex }).address,
  );
  if (known.includes(operator))
    throw new BadConfiguration(["OPERATOR_KEY: is a public development key, and this is no local chain"]);
}

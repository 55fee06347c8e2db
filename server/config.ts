import { z } from "zod";
import { address, payee, readBooks } from "./config/addressBook.ts";
import { type ChainConfig, chainVariables, isLocal, readChains } from "./config/chains.ts";
import { BadConfiguration, count, type Environment, fromJson, inside, list, variables } from "./config/values.ts";

export { addressBook } from "./config/addressBook.ts";
export type { ChainConfig, TokenConfig } from "./config/chains.ts";
export { BadConfiguration } from "./config/values.ts";

const DAY_S = 24 * 3_600;

const expressType = z.strictObject({
  code: z.string().min(1),
  name: z.string().min(1),
  /** Of the freight; the type serves channels of this currency. */
  currency: z.string().length(3),
  freight_minor: z.number().int().min(0),
  carrier: payee,
});

const environment = z.object({
  NODE_ENV: z.string().default("development"),
  ROLE: z.enum(["all", "web", "worker"]).default("all"),
  PORT: count(0, 65_535).default(3_000),
  /** Where a worker tells how it is; nowhere unless set. */
  PROBE_PORT: count(0, 65_535).optional(),
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

  /** A file for each chain; the first is the one that is meant unless somebody says otherwise. */
  ADDRESS_BOOK: list,
  ...chainVariables,

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

export type Config = ReturnType<typeof readConfig>;

/**
 * The environment as one typed object; nothing else in the server reads `process.env`.
 * @throws BadConfiguration naming every variable that is missing or wrong
 */
export function readConfig(env: Environment) {
  const values = variables(environment, env);
  const chains = readChains(env, readBooks(values.ADDRESS_BOOK));

  return {
    role: values.ROLE,
    port: values.PORT,
    probePort: values.PROBE_PORT,
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
    mail: { from: values.MAIL_FROM, ...mailServer(mailUrl(values.MAIL_URL, chains)) },
    /** The chain that is meant unless somebody says otherwise; inside the chain's part, the chain it serves. */
    chain: chains[0],
    /** Every chain the house is on, the usual one first. */
    chains: chains as readonly ChainConfig[],
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

/** Codes that open accounts do not go into a folder because somebody forgot to say where mail goes. */
function mailUrl(given: string | undefined, chains: readonly ChainConfig[]): string {
  if (given === undefined && !chains.every(({ id }) => isLocal(id)))
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

import { type DestinationStream, type Logger, pino } from "pino";

/** The house's log: one JSON object per line. */
export type Log = Logger;

/** Names whose values never reach a log, whatever object they are in, to the depth of `PLACES`. */
const SECRETS = [
  "authorization",
  "cookie",
  "signature",
  "token",
  "access_token",
  "refresh_token",
  "accessToken",
  "refreshToken",
  "password",
  "jwtSecret",
  "privateKey",
  "private_key",
  "operatorKey",
  "secret",
];
const PLACES = ["", "*.", "*.*.", "*.*.*."];

/**
 * Makes the log. Secrets are blanked by name; of an error only type, message, code and stack are kept, because
 * database errors carry the values of the statement.
 * @param level       pino's level, or `silent`
 * @param destination where lines go; standard output unless said
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: describeError },
    redact: { paths: PLACES.flatMap((place) => SECRETS.map((name) => place + name)), censor: "[secret]" },
  };
  return destination ? pino(options, destination) : pino(options);
}

interface DescribedError {
  type: string;
  message: string;
  code?: unknown;
  stack?: string | undefined;
  cause?: DescribedError;
}

function describeError(error: unknown): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
    ...(error.cause === undefined || error.cause === error ? {} : { cause: describeError(error.cause) }),
  };
}

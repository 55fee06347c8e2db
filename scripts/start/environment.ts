import type { Address, Hex } from "viem";

/** What a server that somebody starts on this machine has to be told. */
export interface Surroundings {
  chainUrl: string;
  /** File. */
  addressBook: string;
  databaseUrl: string;
  port: number;
  jwtSecret: string;
  operatorKey: Hex;
  staff: Address;
  platformPayee: Address;
  carrierPayee: Address;
}

/** Requests per minute at each kind of door: enough for a machine's own scripts, and still a number. */
const LOCAL_LIMITS = { auth: 6_000, reads: 600_000, writes: 60_000 };

/** The environment of such a server; see server/config.ts for what each name means. */
export function serverEnvironment(place: Surroundings): Record<string, string> {
  return {
    ROLE: "all",
    HOST: "127.0.0.1",
    PORT: String(place.port),
    PUBLIC_URL: `http://localhost:${place.port}`,
    DATABASE_URL: place.databaseUrl,
    JWT_SECRET: place.jwtSecret,
    STAFF_WALLETS: place.staff,
    RATE_LIMITS: JSON.stringify(LOCAL_LIMITS),
    RPC_URLS: place.chainUrl,
    ADDRESS_BOOK: place.addressBook,
    OPERATOR_KEY: place.operatorKey,
    POLL_MS: "200",
    PLATFORM_PAYEE: place.platformPayee,
    EXPRESS_TYPES: JSON.stringify([
      { code: "standard", name: "Standard parcel", currency: "USD", freight_minor: 500, carrier: place.carrierPayee },
      { code: "express", name: "Next day", currency: "USD", freight_minor: 1_200, carrier: place.carrierPayee },
    ]),
  };
}

import { createSecretKey } from "node:crypto";
import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { system } from "../core/db/context.ts";
import type { House } from "../core/house.ts";
import type { Authenticate } from "../core/http/pass.ts";
import { type Id, newId } from "../core/ids.ts";
import { rolesInSession } from "../modules/accounts/index.ts";

/** How long an access token lasts, in seconds. */
export const ACCESS_TOKEN_S = 15 * 60;

/** The one algorithm; whatever a token's header says, nothing else is tried. */
const ALGORITHM = "HS256";
/** RFC 9068: tells an access token from any other JWT. */
const TYPE = "at+jwt";
const AUTH = system("auth");

const issuerOf = (house: House): string => house.config.publicUrl.origin;
const audienceOf = (house: House): string => `${house.config.publicUrl.origin}/api/v1`;
const keyOf = (house: House) => createSecretKey(house.config.jwtSecret, "utf8");

/** Makes the access token of a session: a JWT that names user and session, and no roles. */
export function accessToken(house: House, userId: Id, sessionId: Id): Promise<string> {
  const issuedAt = Math.floor(house.clock.now() / 1_000);
  return new SignJWT({ sid: sessionId })
    .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
    .setIssuer(issuerOf(house))
    .setAudience(audienceOf(house))
    .setSubject(userId)
    .setJti(newId())
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ACCESS_TOKEN_S)
    .sign(keyOf(house));
}

/**
 * Tells who an access token belongs to. Its session is looked up each time, so that a logout works at once, and the
 * roles are the table's, not the token's.
 */
export function authenticator(house: House): Authenticate {
  const key = keyOf(house);
  const expected = {
    algorithms: [ALGORITHM],
    typ: TYPE,
    issuer: issuerOf(house),
    audience: audienceOf(house),
    requiredClaims: ["sub", "sid", "jti", "iat", "exp"],
  };
  return async (token) => {
    const claims = await verified(token, key, { ...expected, currentDate: new Date(house.clock.now()) });
    const { sub: id, sid: sessionId } = claims ?? {};
    if (id === undefined || typeof sessionId !== "string") return undefined;
    const roles = await house.db.read(AUTH, (ctx) => rolesInSession(ctx, id, sessionId));
    return roles && { actor: { kind: "user", id, roles }, sessionId };
  };
}

async function verified(
  token: string,
  key: ReturnType<typeof keyOf>,
  expected: Parameters<typeof jwtVerify>[2],
): Promise<JWTPayload | undefined> {
  try {
    return (await jwtVerify(token, key, expected)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

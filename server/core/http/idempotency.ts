import { AsyncLocalStorage } from "node:async_hooks";
import { type Context, system } from "../db/context.ts";
import type { Database } from "../db/database.ts";
import { sql } from "../db/sql.ts";
import { type Id, newId } from "../ids.ts";
import { problems } from "./problems.ts";

/*
 * How a request with an Idempotency-Key is done once.
 *
 * 1. A short write claims (actor, key) for 60 seconds under a fresh attempt id.
 * 2. The handler's one `write` does the work. At its end, still inside the transaction, the answer is made and kept in
 *    the claim, guarded by the attempt id: work and answer stand or fall together, and an attempt whose claim was
 *    retaken meanwhile cannot commit.
 *    Writes that the handler made `before` are not the work.
 * 3. A repetition is answered from the claim. A failure gives the claim back; a crash lets it expire.
 */

/** How long a claim keeps others waiting; a handler that needs longer is dead. */
const LOCK_MS = 60_000;
/** How long answers are kept. */
const KEEP_MS = 24 * 3_600_000;
const PURGE_EVERY_MS = 60_000;
const GATE = system("idempotency");

/** What a client sent, as far as it decides whether a key may be used again. */
export interface KeyedRequest {
  readonly actorId: Id;
  readonly key: string;
  /** Equal for equal requests. */
  readonly fingerprint: string;
}

/** An answer as it goes over the wire. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: string;
  readonly replayed: boolean;
}

interface Claim extends KeyedRequest {
  readonly attempt: Id;
  readonly present: (result: unknown) => KeptAnswer;
  /** What the last run of the transaction kept. */
  answer?: KeptAnswer;
  /** The transaction with the work stands; what is written later in the same flow of control is not the work. */
  committed: boolean;
}

interface ClaimRow {
  fingerprint: string;
  locked_until: number | string;
  status: number | null;
  body: string | null;
}

const beforehand = new AsyncLocalStorage<true>();

/**
 * Runs writes of a door with an Idempotency-Key that come before the one whose answer is kept. They must do no harm
 * twice: when the process dies in between, the request is done again from the start.
 */
export const before = <T>(fn: () => Promise<T>): Promise<T> => beforehand.run(true, fn);

/** Does keyed requests once. One per server. */
export class Once {
  readonly #db: Database;
  readonly #now: () => number;
  readonly #current = new AsyncLocalStorage<Claim>();
  #purgeAt = 0;

  /** @param now epoch milliseconds */
  constructor(db: Database, now: () => number) {
    this.#db = db;
    this.#now = now;
    db.beforeCommit(async (ctx, result) => {
      const claim = this.#current.getStore();
      if (claim !== undefined && !claim.committed && !beforehand.getStore()) await keep(ctx, claim, result);
    });
  }

  /**
   * Runs `work`, unless the same request was already answered.
   * @param work    opens exactly one `write`, whose result becomes the answer
   * @param present makes the answer of that result; pure
   * @throws idempotency_key_running, idempotency_key_reused, and whatever `work` throws
   */
  async run(
    request: KeyedRequest,
    work: () => Promise<unknown>,
    present: (result: unknown) => { status: number; body: string },
  ): Promise<KeptAnswer> {
    const claim: Claim = {
      ...request,
      attempt: newId(),
      present: (result) => ({ ...present(result), replayed: false }),
      committed: false,
    };
    const earlier = await this.#db.write(GATE, (ctx) => this.#claim(ctx, claim));
    if (earlier !== undefined) return earlier;
    try {
      await this.#current.run(claim, work);
    } catch (error) {
      if (!claim.committed) await this.#giveBack(claim);
      throw error;
    }
    if (!claim.committed || claim.answer === undefined) {
      await this.#giveBack(claim);
      throw new Error("a door with an Idempotency-Key did its work without a write");
    }
    return claim.answer;
  }

  async #claim(ctx: Context, claim: Claim): Promise<KeptAnswer | undefined> {
    const now = this.#now();
    await this.#purge(ctx, now);
    const { actorId, key, fingerprint, attempt } = claim;
    const { affected } = await sql(
      ctx.db,
      `INSERT INTO idempotency_claim (actor_id, key, fingerprint, attempt, locked_until, created_at)
       VALUES (:actorId, :key, :fingerprint, :attempt, :until, :now) ON CONFLICT (actor_id, key) DO NOTHING`,
      { actorId, key, fingerprint, attempt, until: now + LOCK_MS, now },
    );
    return affected === 1 ? undefined : this.#meet(ctx, claim, now);
  }

  /** What becomes of a request whose key is already known. */
  async #meet(
    ctx: Context,
    { actorId, key, fingerprint, attempt }: Claim,
    now: number,
  ): Promise<KeptAnswer | undefined> {
    const found = await sql<ClaimRow>(
      ctx.db,
      "SELECT fingerprint, locked_until, status, body FROM idempotency_claim WHERE actor_id = :actorId AND key = :key",
      { actorId, key },
    );
    const row = found.rows[0];
    if (row === undefined) throw problems.idempotency_key_running("The first request has just failed; send it again.");
    if (row.fingerprint !== fingerprint) throw problems.idempotency_key_reused();
    if (row.status !== null && row.body !== null) return { status: row.status, body: row.body, replayed: true };
    const retaken = await sql(
      ctx.db,
      `UPDATE idempotency_claim SET attempt = :attempt, locked_until = :until
       WHERE actor_id = :actorId AND key = :key AND status IS NULL AND locked_until <= :now`,
      { actorId, key, attempt, until: now + LOCK_MS, now },
    );
    if (retaken.affected !== 1) throw problems.idempotency_key_running();
    return undefined;
  }

  async #giveBack({ actorId, key, attempt }: Claim): Promise<void> {
    await this.#db.write(GATE, (ctx) =>
      sql(
        ctx.db,
        "DELETE FROM idempotency_claim WHERE actor_id = :actorId AND key = :key AND attempt = :attempt AND status IS NULL",
        { actorId, key, attempt },
      ),
    );
  }

  /** Forgets old answers, now and then, on the way of a claim. */
  async #purge(ctx: Context, now: number): Promise<void> {
    if (now < this.#purgeAt) return;
    this.#purgeAt = now + PURGE_EVERY_MS;
    await sql(ctx.db, "DELETE FROM idempotency_claim WHERE created_at < :before", { before: now - KEEP_MS });
  }
}

/**
 * Lets claims without an answer be retaken at once, for a process that knows itself to be the only one: their owners
 * are dead. One that was alive after all could not commit, for its attempt would not be the claim's any more.
 */
export const freeClaims = (db: Database): Promise<unknown> =>
  db.write(GATE, (ctx) => sql(ctx.db, "UPDATE idempotency_claim SET locked_until = 0 WHERE status IS NULL"));

async function keep(ctx: Context, claim: Claim, result: unknown): Promise<void> {
  const answer = claim.present(result);
  const { actorId, key, attempt } = claim;
  const { affected } = await sql(
    ctx.db,
    `UPDATE idempotency_claim SET status = :status, body = :body
     WHERE actor_id = :actorId AND key = :key AND attempt = :attempt AND status IS NULL`,
    { actorId, key, attempt, status: answer.status, body: answer.body },
  );
  if (affected !== 1) throw problems.idempotency_key_running("Another attempt took this request over.");
  claim.answer = answer;
  ctx.afterCommit(() => {
    claim.committed = true;
  });
}

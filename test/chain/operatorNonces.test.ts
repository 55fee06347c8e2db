import { deepEqual, equal, ok } from "node:assert/strict";
import { privateKeyToAccount } from "viem/accounts";
import { type Sender, type Shipment, signAndStore } from "../../server/chain/operator/send.ts";
import { createRpc } from "../../server/chain/rpc/pool.ts";
import { systemClock } from "../../server/core/clock.ts";
import { system } from "../../server/core/db/context.ts";
import type { Database } from "../../server/core/db/database.ts";
import { sql } from "../../server/core/db/sql.ts";
import { newId } from "../../server/core/ids.ts";
import { NotYet } from "../../server/core/tasks.ts";
import { onBothDatabases } from "../support/databases.ts";

const CHAIN_ID = 31_337;
const ROUNDS = 12;
const account = privateKeyToAccount(`0x${"a1".repeat(32)}`);
const fees = { gasLimit: 21_000n, maxFeePerGas: 2n, maxPriorityFeePerGas: 1n };
const call = { to: account.address, data: "0x", value: 0n } as const;

onBothDatabases((db) => {
  const sender = (database: Database): Sender => ({
    ...{ db: database, account, chainId: CHAIN_ID, clock: systemClock },
    rpc: createRpc({ id: CHAIN_ID, genesisHash: `0x${"0".repeat(64)}`, rpcUrls: [], rpcTimeoutMs: 1_000 }),
  });
  const shipment = (purpose: string): Shipment => ({
    ...{ call, fees },
    errands: [{ purpose, kind: "operator.capture", request: {}, orderId: newId() }],
  });
  /** Stores round after round, as a process does; what another was first with waits and comes again. */
  const work = async (database: Database, purposes: readonly string[][]): Promise<void> => {
    for (const round of purposes)
      for (let done = false; !done; )
        done = await signAndStore(sender(database), round.map(shipment), 0).then(
          () => true,
          (error: unknown) => {
            if (error instanceof NotYet) return false;
            throw error;
          },
        );
  };

  it("processes that store at the same moment: no gap, no nonce twice, none lost, nothing done twice", async () => {
    const processes = [db.database(), await db.openAnother(), await db.openAnother()];
    // Every purpose is asked for in two of the three processes.
    const rounds = (at: number) =>
      Array.from({ length: ROUNDS }, (_, round) => [
        `own:${at}:${round}`,
        `${round}:${at}`,
        `${round}:${(at + 1) % 3}`,
      ]);
    await Promise.all(processes.map((database, at) => work(database, rounds(at))));
    const { rows } = await db.database().read(system("test"), (ctx) =>
      sql<{ nonce: string | number; purpose: string; hash: string; attempt: string }>(
        ctx.db,
        `SELECT t.nonce, e.purpose, t.hash, a.hash AS attempt FROM chain_transaction t
         JOIN chain_errand e ON e.transaction_id = t.id JOIN chain_attempt a ON a.transaction_id = t.id
         ORDER BY t.nonce`,
      ),
    );
    deepEqual(
      rows.map(({ nonce }) => Number(nonce)),
      rows.map((_, at) => at),
    );
    equal(rows.length, 6 * ROUNDS);
    equal(new Set(rows.map(({ purpose }) => purpose)).size, rows.length);
    ok(rows.every(({ hash, attempt }) => hash === attempt));
  });
});

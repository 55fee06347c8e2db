import { deepEqual } from "node:assert/strict";
import { numberToHex } from "viem";
import { system } from "../../../server/core/db/context.ts";
import { newId } from "../../../server/core/ids.ts";
import { openTransactions, recordBlocks, storeTransactions } from "../../../server/modules/chains/index.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";

const ACTOR = system("test");
const sender = wallet(5).address;
const chainId = 31_337;
const hashOf = (number: number) => numberToHex(number, { size: 32 });

onBothDatabases((db) => {
  /** Stores a transaction that reverted in block `hash` of height 10. */
  const reverted = (nonce: number, blockHash: `0x${string}`) =>
    db.database().write(ACTOR, async (ctx) => {
      const id = newId();
      const times = { createdAt: 1, updatedAt: 1 };
      const transaction = {
        ...{ id, chainId, sender, nonce, to: sender, data: "0x" as const, hash: hashOf(nonce), error: "Refused()" },
        ...{ state: "failed" as const, gasLimit: 1n, gasUsed: 1n, blockHash, height: 10, ...times },
      };
      const attempt = { transactionId: id, number: 1, chainId, hash: hashOf(nonce), raw: "0x" as const, createdAt: 1 };
      const offer = { maxFeePerGas: 1n, maxPriorityFeePerGas: 1n };
      const errands = [{ purpose: `test:${nonce}`, kind: "operator.capture", request: {}, orderId: null }];
      await storeTransactions(ctx, [{ transaction, attempt: { ...attempt, ...offer }, errands }]);
    });

  it("are those that failed in a block that another replaced, though what is there is final by now", async () => {
    await db
      .database()
      .write(ACTOR, (ctx) =>
        recordBlocks(ctx, [{ chainId, height: 10, hash: hashOf(100), parentHash: hashOf(99), timestampS: 1 }]),
      );
    await reverted(0, hashOf(100));
    await reverted(1, hashOf(101));
    const open = await db
      .database()
      .read(ACTOR, (ctx) => openTransactions(ctx, { chainId, sender, finalizedHeight: 10 }, 10));
    deepEqual(
      open.map(({ nonce }) => nonce),
      [1],
    );
  });
});

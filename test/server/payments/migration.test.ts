import assert from "node:assert/strict";
import { zeroHash } from "viem";
import { VISITOR } from "../../../server/core/db/context.ts";
import { type Database, openDatabase } from "../../../server/core/db/database.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { newId } from "../../../server/core/ids.ts";
import { migrations, ordersBySalt } from "../../../server/modules/payments/index.ts";
import * as house from "../../../server/schema.ts";
import { onBothDatabases } from "../../support/databases.ts";

const earlier = { entities: house.entities, migrations: migrations.filter(({ name }) => name < "0704") };
const ESCROW = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const SALT = (2n ** 151n + 7n).toString();

onBothDatabases(
  (db) => {
    let upgraded: Database | undefined;
    after(() => upgraded?.close());

    it("finds the orders of an earlier version by the salt of their terms", async () => {
      const [payment, order] = [newId(), newId()];
      const run = (statement: string) => db.database().write(VISITOR, (ctx) => sql(ctx.db, statement));
      await run(`INSERT INTO payment VALUES ('${payment}', '${newId()}', '0x1', 'escrow_eth', 'USD', 1, 31337, '0x0', 1,
        1, 1, 'test', 1, 1, 1)`);
      const terms = JSON.stringify({ amount: "5", salt: SALT });
      await run(`INSERT INTO escrow_order (order_id, payment_id, chain_id, escrow, terms, terms_hash, payer, token, amount,
        authorize_by_s, capture_by_s, state, held, captured, released, returned, release_at_s, version, updated_at)
        VALUES ('${order}', '${payment}', 31337, '${ESCROW}', '${terms}', '${zeroHash}', '0x1', '0x0', 5, 1, 1, 'pending',
        0, 0, 0, 0, 0, 0, 1)`);

      const now = await openDatabase({ url: db.url(), ...house });
      upgraded = now;
      const found = (chainId: number, salt: bigint) =>
        now.read(VISITOR, (ctx) => ordersBySalt(ctx, { chainId, escrow: ESCROW }, [salt, 3n]));
      assert.deepEqual(
        [...(await found(31_337, BigInt(SALT))).values()].map(({ orderId }) => orderId),
        [order],
      );
      assert.equal((await found(31_337, BigInt(SALT) + 1n)).size, 0);
      assert.equal((await found(1, BigInt(SALT))).size, 0);
    });
  },
  { schema: earlier },
);

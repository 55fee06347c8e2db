import assert from "node:assert/strict";
import { VISITOR } from "../../../server/core/db/context.ts";
import { type Database, openDatabase } from "../../../server/core/db/database.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { newId } from "../../../server/core/ids.ts";
import { migrations, openTransactions, rawOf } from "../../../server/modules/chains/index.ts";
import * as house from "../../../server/schema.ts";
import { onBothDatabases } from "../../support/databases.ts";

const earlier = { entities: house.entities, migrations: migrations.filter(({ name }) => name < "1004") };
const KEY = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const HASH = `0x${"ab".repeat(32)}` as const;

onBothDatabases(
  (db) => {
    let upgraded: Database | undefined;
    after(() => upgraded?.close());

    it("keeps what an earlier version signed and sent, as its first attempt", async () => {
      const [sent, refused] = [newId(), newId()];
      const columns = `id, chain_id, sender, nonce, "to", data, raw, hash, state, gas_limit, max_fee_per_gas, created_at,
        updated_at`;
      const row = (values: string) =>
        db
          .database()
          .write(VISITOR, (ctx) => sql(ctx.db, `INSERT INTO chain_transaction (${columns}) VALUES (${values})`));
      await row(
        `'${sent}', 1, '${KEY}', 7, '0x1', '0x', '0x02f8', '${HASH}', 'submitted', '21000', '500000000000', 5, 6`,
      );
      await row(`'${refused}', 1, '${KEY}', NULL, '0x1', '0x', NULL, NULL, 'failed', '0', '0', 5, 6`);

      const now = await openDatabase({ url: db.url(), ...house });
      upgraded = now;
      const open = await now.read(VISITOR, (ctx) =>
        openTransactions(ctx, { chainId: 1, sender: KEY, finalizedHeight: -1 }, 10),
      );
      assert.deepEqual(
        open.map(({ id, hash, attempts }) => ({ id, hash, attempts: attempts.map((attempt) => ({ ...attempt })) })),
        [
          {
            ...{ id: sent, hash: HASH },
            attempts: [
              {
                ...{ transactionId: sent, number: 1, chainId: 1, hash: HASH, createdAt: 5 },
                ...{ maxFeePerGas: 500_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n },
              },
            ],
          },
        ],
      );
      assert.deepEqual([...(await now.read(VISITOR, (ctx) => rawOf(ctx, [HASH])))], [[HASH, "0x02f8"]]);
    });
  },
  { schema: earlier },
);

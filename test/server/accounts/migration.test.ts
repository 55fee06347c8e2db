import assert from "node:assert/strict";
import { VISITOR } from "../../../server/core/db/context.ts";
import { type Database, openDatabase } from "../../../server/core/db/database.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { newId } from "../../../server/core/ids.ts";
import { rolesInSession, userById } from "../../../server/modules/accounts/index.ts";
import * as house from "../../../server/schema.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";

const firstVersion = {
  entities: house.entities,
  migrations: house.migrations.filter(({ name }) => name === "0100_accounts"),
};
const ada = newId();
const bob = newId();
const session = newId();
const HEX = wallet(1).address.toLowerCase();

onBothDatabases(
  (db) => {
    let upgraded: Database;
    after(() => upgraded.close());

    const run = (on: Database, statement: string) => on.write(VISITOR, (ctx) => sql(ctx.db, statement));

    it("keeps the users of the first version, with their wallets, roles, logins and addresses", async () => {
      const old = db.database();
      await run(old, `INSERT INTO app_user VALUES ('${ada}', '${HEX}', 'Ada', 1000)`);
      await run(old, `INSERT INTO app_user VALUES ('${bob}', '${wallet(2).address.toLowerCase()}', '', 2000)`);
      await run(old, `INSERT INTO user_role VALUES ('${ada}', 'shopper'), ('${ada}', 'staff'), ('${bob}', 'shopper')`);
      await run(old, `INSERT INTO login_session VALUES ('${session}', '${ada}', 1, 9000000000000, NULL)`);
      await run(old, `INSERT INTO refresh_token VALUES ('t', '${session}', 9000000000000, NULL)`);
      await run(
        old,
        `INSERT INTO user_address VALUES ('${newId()}', '${ada}', 'A', '', 'DE', '', 'B', 'S', '1', 1, 1)`,
      );

      upgraded = await openDatabase({ url: db.url(), ...house });
      await upgraded.read(VISITOR, async (ctx) => {
        const user = await userById(ctx, ada);
        assert.deepEqual([user.name, user.createdAt, user.roles], ["Ada", 1000, ["shopper", "staff"]]);
        assert.deepEqual(user.wallets, [{ address: wallet(1).address, linkedAt: 1000, primary: true }]);
        assert.deepEqual([user.username, user.email, user.language, user.timeZone], [null, null, "en", "UTC"]);
        assert.deepEqual(await rolesInSession(ctx, ada, session), ["shopper", "staff"]);
        const count = async (table: string) =>
          Number((await sql<{ n: number }>(ctx.db, `SELECT count(*) AS n FROM ${table}`)).rows[0]?.n);
        assert.deepEqual(
          await Promise.all(["app_user", "user_role", "refresh_token", "user_address"].map(count)),
          [2, 3, 1, 1],
        );
      });
    });

    it("holds the foreign keys afterwards as before", async () => {
      const refused = (statement: string) =>
        assert.rejects(run(upgraded, statement), /foreign key|FOREIGN KEY|constraint/i, statement);
      await refused(`INSERT INTO user_role VALUES ('${newId()}', 'shopper')`);
      await refused(`INSERT INTO login_session VALUES ('${newId()}', '${newId()}', 1, 2, NULL)`);
      await refused(`INSERT INTO user_wallet VALUES ('0xabc', '${newId()}', 1, false)`);
      await refused(`DELETE FROM app_user WHERE id = '${ada}'`);
      await refused(`INSERT INTO user_role VALUES ('${bob}', 'king')`);
      await run(upgraded, `INSERT INTO user_role VALUES ('${bob}', 'agent')`);
    });

    // PostgreSQL alters tables in place, with its foreign keys in force.
    if (db.dialect === "sqlite")
      it("refuses to rebuild a table into one that others' rows point past", async () => {
        const migrations = [
          ...house.migrations,
          { name: "9999_careless", rebuilds: true as const, up: () => [`DELETE FROM app_user WHERE id = '${ada}'`] },
        ];
        await assert.rejects(
          openDatabase({ url: db.url(), ...house, migrations }),
          /9999_careless would leave rows of \w+ that refer to nothing in app_user/,
        );
        const { rows } = await upgraded.read(VISITOR, (ctx) =>
          sql(ctx.db, "SELECT id FROM app_user WHERE id = :ada", { ada: ada }),
        );
        assert.equal(rows.length, 1);
      });
  },
  { schema: firstVersion },
);

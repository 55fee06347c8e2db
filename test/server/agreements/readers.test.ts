import assert from "node:assert/strict";
import { onBothDatabases } from "../../support/databases.ts";
import type { TestClient } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { done, told } from "../flows/market.ts";
import { type AgreementBody, carrier, chainSays, channel, merchant, sign } from "./guild.ts";
import { guildMarket, PATH } from "./guildMarket.ts";

onBothDatabases((db) => {
  const { chain, market, proposed, read, seller } = guildMarket(db);

  describe("who may read", () => {
    it("are staff, the merchant's owner, and whoever has the wallet of a signatory", async () => {
      const one = await proposed();
      const carries = await market().server.signIn(carrier);
      for (const client of [seller(), market().staff.client, carries.client])
        assert.equal((await done(read(one.id, client))).id, one.id);
      const { client: stranger } = await market().server.signIn(wallet(9));
      assert.deepEqual(await told(read(one.id, stranger)), [404, "agreement_not_found"]);
      assert.deepEqual(await told(stranger.get(`${PATH}/${one.id}/revocation`)), [404, "agreement_not_found"]);
      assert.deepEqual(await told(market().server.client.get(`${PATH}/${one.id}`)), [401, "unauthorized"]);
    });

    it("read lists of theirs, newest first, by merchant, channel and state", async () => {
      type List = { total: number; data: AgreementBody[]; next_cursor: string | null };
      const staff = market().staff.client;
      const list = (client: TestClient, query: string) => done(client.get<List>(`${PATH}${query}`));
      const [accepting, active, revoked] = [await proposed(), await proposed(), await proposed()];
      await done(sign(seller(), accepting, [merchant]));
      await chainSays(market().house, active, { complete: true });
      await chainSays(market().house, revoked, { complete: true, revokedBy: channel.address });
      const draft = await proposed();

      const own = `?merchant_id=${market().merchantIds[0]}`;
      const [newest] = (await list(seller(), own)).data;
      assert.equal(newest?.id, draft.id);
      const { client: stranger } = await market().server.signIn(wallet(9));
      assert.deepEqual((await list(stranger, own)).data, []);
      assert.deepEqual((await list(stranger, "")).total, 0);
      const { client: carries } = await market().server.signIn(carrier);
      assert.equal((await list(carries, "")).total, (await list(staff, "")).total);

      const all = (await list(staff, "?per_page=100")).data;
      /** All of one state, one of which is `one`, are found by it. */
      const areFound = async (state: string, one: AgreementBody) => {
        const found = (await list(staff, `?per_page=100&state=${state}`)).data;
        assert.ok(found.some(({ id }) => id === one.id));
        assert.ok(found.every((each) => each.state === state));
        return found.length;
      };
      const before = chain().nowS;
      const counts = [
        ...[await areFound("draft", draft), await areFound("accepting", accepting)],
        ...[await areFound("active", active), await areFound("revoked", revoked)],
      ];
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        all.length,
      );
      await chain().reach((draft.to_sign?.deadline ?? 0) + 1);
      assert.equal(await areFound("expired", accepting), (counts[0] ?? 0) + (counts[1] ?? 0));
      await chain().reach(before);

      const page = await list(staff, "?per_page=2&channel=web");
      const next = await list(staff, `?per_page=2&channel=web&cursor=${page.next_cursor}`);
      assert.deepEqual(
        [...page.data, ...next.data].map(({ id }) => id),
        all.slice(0, 4).map(({ id }) => id),
      );
      assert.equal(page.total, all.length);
    });
  });
});

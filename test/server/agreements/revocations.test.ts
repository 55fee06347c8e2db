import assert from "node:assert/strict";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { done, told } from "../flows/market.ts";
import { agent, chainSays, channel, merchant, type RevocationBody, sign, signedBy } from "./guild.ts";
import { guildMarket, PATH } from "./guildMarket.ts";

onBothDatabases((db) => {
  const { chain, market, proposed, read, seller, tasks } = guildMarket(db);

  describe("what the chain says", () => {
    it("moves the state, and a reorganisation moves it back", async () => {
      const one = await proposed();
      await done(sign(seller(), one, [merchant]));
      const state = async () => {
        const { state: shown, confidence, activated_at } = await done(read(one.id));
        return [shown, confidence, activated_at !== null];
      };
      await chainSays(market().house, one, { accepted: [merchant.address], complete: true }, "seen");
      assert.deepEqual(await state(), ["active", "seen", true]);
      await chainSays(market().house, one, undefined, "seen");
      assert.deepEqual(await state(), ["accepting", null, false]);
      await chainSays(market().house, one, { complete: true, revokedBy: agent.address }, "final");
      assert.deepEqual(await state(), ["revoked", "final", true]);
      assert.equal((await done(read(one.id))).revoked_by, agent.address);
    });

    it("is nothing to us of an agreement that nobody proposed here", async () => {
      const one = await proposed();
      assert.equal(await chainSays(market().house, { ...one, hash: `0x${"77".repeat(32)}` }, {}), undefined);
    });
  });

  describe("a revocation", () => {
    const offer = (id: string, client = seller()) => client.get<RevocationBody>(`${PATH}/${id}/revocation`);

    it("is signed by any signatory and relayed by the operator", async () => {
      const one = await proposed();
      await chainSays(market().house, one, { complete: true });
      const { nonce, deadline, typed_data, hash } = await done(offer(one.id));
      assert.deepEqual([hash, typed_data.message.id], [one.hash, one.hash]);
      const signed = { ...(await signedBy(agent, typed_data)), nonce, deadline };
      const { client } = await market().server.signIn(wallet(9));
      const answer = await client.post(`${PATH}/${one.id}/revocation`, signed);
      assert.equal(answer.status, 202);
      await done(client.post(`${PATH}/${one.id}/revocation`, signed));
      const [task, ...more] = await tasks("operator.revoke_agreement", one.id);
      assert.deepEqual(more, []);
      assert.partialDeepStrictEqual(task, { account: agent.address, nonce, deadline: String(deadline) });
    });

    it("is refused of a stranger, of another account, too late, and where there is nothing to revoke", async () => {
      const one = await proposed();
      assert.deepEqual(await told(offer(one.id)), [409, "agreement_not_revocable"]);
      await chainSays(market().house, one, { complete: true });
      const { nonce, deadline, typed_data } = await done(offer(one.id));
      const hand = (body: object) => told(seller().post(`${PATH}/${one.id}/revocation`, { nonce, deadline, ...body }));
      const good = await signedBy(agent, typed_data);
      assert.deepEqual(await hand(await signedBy(wallet(9), typed_data)), [400, "agreement_not_signatory"]);
      assert.deepEqual(await hand({ ...good, account: channel.address }), [400, "agreement_signature_refused"]);
      assert.deepEqual(await hand({ ...good, nonce: "1" }), [400, "agreement_signature_refused"]);
      const before = chain().nowS;
      await chain().reach(deadline + 1);
      assert.deepEqual(await hand(good), [409, "agreement_closed"]);
      await chain().reach(before);
      await chainSays(market().house, one, { complete: true, revokedBy: channel.address });
      assert.deepEqual(await hand(good), [409, "agreement_not_revocable"]);
    });
  });
});

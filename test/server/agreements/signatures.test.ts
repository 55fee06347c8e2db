import assert from "node:assert/strict";
import { type Address, recoverTypedDataAddress } from "viem";
import { system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { acceptancesOf, keepSignatures } from "../../../server/modules/agreements/index.ts";
import { acceptAgreementTypedData } from "../../../server/protocol/typedData.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";
import { wallet } from "../../support/wallets.ts";
import { done, NOBODY, told } from "../flows/market.ts";
import { agent, carrier, chainSays, channel, merchant, platform, sign, signedBy } from "./guild.ts";
import { guildMarket, lower, PATH } from "./guildMarket.ts";

const TEST = system("test");

onBothDatabases((db) => {
  const { chain, market, operator, proposed, read, seller, tasks } = guildMarket(db);

  describe("signatures", () => {
    it("are taken from whoever brings them, until only the operator is missing, whom they call once", async () => {
      const one = await proposed();
      const { client } = await market().server.signIn(wallet(9));
      const some = await done(sign(client, one, [channel, merchant]));
      assert.deepEqual([some.state, some.missing.length], ["accepting", 4]);
      assert.deepEqual(await tasks("operator.accept_agreement", one.id), []);
      const rest = await done(sign(client, one, [merchant, agent, carrier, platform]));
      assert.deepEqual(rest.missing, [operator()]);
      await done(sign(client, one));
      assert.deepEqual(await tasks("operator.accept_agreement", one.id), [{ agreement_id: one.id }]);
    });

    it("call the operator once when the last two are written at the same moment", async () => {
      const one = await proposed();
      await done(sign(seller(), one, [merchant, agent, carrier]));
      const keep = (account: Address, then: () => Promise<void>) =>
        db.database().write(TEST, async (ctx) => {
          await keepSignatures(ctx, one.id, [{ account, signature: `0x${"11".repeat(65)}` }], chain().nowS);
          await then();
        });
      const { promise: kept, resolve: hasKept } = Promise.withResolvers<void>();
      const { promise: end, resolve: letGo } = Promise.withResolvers<void>();
      const first = keep(channel.address, () => {
        hasKept();
        return end;
      });
      await kept;
      let written = false;
      const second = keep(platform.address, async () => {}).then(() => {
        written = true;
      });
      await eventually(async () => written || (await someoneWaits()));
      letGo();
      await Promise.all([first, second]);
      assert.equal((await tasks("operator.accept_agreement", one.id)).length, 1);
    });

    /** Whether a transaction waits for another; on SQLite the second always does, at the gate. */
    async function someoneWaits(): Promise<boolean> {
      if (db.dialect === "sqlite") return true;
      const waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      return (await db.database().read(TEST, (ctx) => sql(ctx.db, waiting))).rows.length > 0;
    }

    it("are handed to the operator as the escrow takes them, without those the chain has already", async () => {
      const one = await proposed();
      await done(sign(seller(), one));
      await chainSays(market().house, one, { accepted: [agent.address] });
      const given = await db.database().read(TEST, (ctx) => acceptancesOf(ctx, one.id));
      assert.equal(given.hash, one.hash);
      assert.deepEqual(
        lower(given.acceptances.map(({ account }) => account)),
        lower([merchant, channel, carrier, platform].map(({ address }) => address)),
      );
      const { chain: place } = market().house.config;
      for (const { account, nonce, deadlineS, signature } of given.acceptances) {
        const domain = { chainId: place.id, escrow: place.escrow };
        const typed = acceptAgreementTypedData(domain, given.agreement, { nonce, deadline: deadlineS });
        const signer = await recoverTypedDataAddress({ ...typed, signature });
        assert.equal(signer.toLowerCase(), account.toLowerCase());
      }
    });

    it("count like calls: who accepted on the chain need not sign", async () => {
      const one = await proposed();
      await done(sign(seller(), one, [agent, channel, carrier, platform]));
      await chainSays(market().house, one, { accepted: [merchant.address] });
      assert.equal((await tasks("operator.accept_agreement", one.id)).length, 1);
      assert.deepEqual((await done(read(one.id))).missing, [operator()]);
    });

    it("are refused of another account, of a stranger, and of other words", async () => {
      const [one, other] = [await proposed(), await proposed()];
      const hand = (signatures: unknown[]) => seller().post(`${PATH}/${one.id}/signatures`, { signatures });
      const good = await signedBy(channel, one.to_sign?.typed_data);
      assert.deepEqual(await told(hand([{ ...good, account: agent.address }])), [400, "agreement_signature_refused"]);
      const stranger = await signedBy(wallet(9), one.to_sign?.typed_data);
      assert.deepEqual(await told(hand([good, stranger])), [400, "agreement_not_signatory"]);
      const elsewhere = await signedBy(channel, other.to_sign?.typed_data);
      assert.deepEqual(await told(hand([elsewhere])), [400, "agreement_signature_refused"]);
      assert.deepEqual(await told(hand([{ ...good, signature: "0x1234" }])), [400, "agreement_signature_refused"]);
      assert.equal((await done(read(one.id))).state, "draft");
      assert.deepEqual(await told(seller().post(`${PATH}/${NOBODY}/signatures`, { signatures: [good] })), [
        404,
        "agreement_not_found",
      ]);
    });

    it("are refused once it is active, revoked, or out of time", async () => {
      const one = await proposed();
      await chainSays(market().house, one, { complete: true });
      assert.deepEqual(await told(sign(seller(), one)), [409, "agreement_closed"]);
      const { to_sign, state } = await done(read(one.id));
      assert.deepEqual([to_sign, state], [null, "active"]);
      const late = await proposed();
      const before = chain().nowS;
      await chain().reach((late.to_sign?.deadline ?? 0) + 1);
      try {
        assert.equal((await done(read(late.id))).state, "expired");
        assert.deepEqual(await told(sign(seller(), late)), [409, "agreement_closed"]);
      } finally {
        await chain().reach(before);
      }
    });
  });
});

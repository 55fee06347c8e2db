import assert from "node:assert/strict";
import { type Address, recoverTypedDataAddress } from "viem";
import { system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import { acceptancesOf, keepSignatures } from "../../../server/modules/agreements/index.ts";
import { agreementFromJson, agreementHash } from "../../../server/protocol/agreement.ts";
import { acceptAgreementTypedData } from "../../../server/protocol/typedData.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { eventually } from "../../support/eventually.ts";
import { wallet } from "../../support/wallets.ts";
import { FakeChain } from "../flows/fakeChain.ts";
import { done, type Market, NOBODY, once, openMarket, told, USD } from "../flows/market.ts";
import {
  type AgreementBody,
  agent,
  carrier,
  chainSays,
  channel,
  merchant,
  PARTIES,
  platform,
  propose,
  type RevocationBody,
  SIGNERS,
  sign,
  signedBy,
} from "./guild.ts";

const PATH = "/api/v1/agreements";
const TEST = system("test");

onBothDatabases((db) => {
  let market: Market;
  let chain: FakeChain;
  before(async () => {
    market = await openMarket(db);
    chain = await FakeChain.start(market.house);
  });
  after(() => market.server.stop());

  const seller = () => market.sellers[0].client;
  const proposed = (changes: Record<string, unknown> = {}) => done(propose(seller(), market.merchantIds[0], changes));
  const read = (id: string, client = seller()) => client.get<AgreementBody>(`${PATH}/${id}`);
  const lower = (accounts: readonly string[]) => accounts.map((each) => each.toLowerCase()).sort();
  const operator = () => market.house.config.chain.operator;

  /** Payloads of the tasks of one kind that name an agreement. */
  async function tasks(kind: string, id: string): Promise<Record<string, string>[]> {
    const { rows } = await db
      .database()
      .read(TEST, (ctx) => sql<{ payload: string }>(ctx.db, "SELECT payload FROM task WHERE kind = :kind", { kind }));
    return rows.map(({ payload }) => JSON.parse(payload)).filter(({ agreement_id }) => agreement_id === id);
  }

  describe("a proposal", () => {
    it("is the next version, with what everybody signs and who is missing", async () => {
      const [first, second] = [await proposed(), await proposed()];
      assert.equal(second.version, first.version + 1);
      assert.deepEqual([first.state, first.confidence, first.activated_at], ["draft", null, null]);
      const { chain: place } = market.house.config;
      const content = agreementFromJson(first.content);
      assert.equal(first.hash, agreementHash({ chainId: place.id, escrow: place.escrow }, content));
      assert.deepEqual([content.token, content.operator, content.merchant], [USD, operator(), merchant.address]);
      assert.deepEqual(lower(first.missing), lower([operator(), ...SIGNERS.map(({ address }) => address)]));
      assert.deepEqual(
        first.signatories.map(({ roles }) => roles),
        [["operator"], ["merchant"], ["channel"], ["agent"], ["carrier"], ["platform"]],
      );
      assert.ok(first.to_sign);
      assert.equal(first.to_sign.typed_data.primaryType, "AcceptAgreement");
      assert.equal(Date.parse(first.valid_until) - Date.parse(first.valid_from), 365 * 86_400_000);
    });

    it("counts versions of each token by themselves", async () => {
      const other = await proposed({ token: "0x0000000000000000000000000000000000000000" });
      assert.deepEqual([other.version, other.content.token], [1, "0x0000000000000000000000000000000000000000"]);
    });

    it("is made by staff too, once for one Idempotency-Key, and by nobody else", async () => {
      const body = { merchant_id: market.merchantIds[0], channel: "web", parties: PARTIES };
      const key = once();
      const made = await done(market.staff.client.post<AgreementBody>(PATH, body, key));
      assert.equal((await done(market.staff.client.post<AgreementBody>(PATH, body, key))).id, made.id);
      const { client } = market.sellers[1];
      assert.deepEqual(await told(propose(client, market.merchantIds[0])), [404, "merchant_not_found"]);
      assert.deepEqual(await told(market.server.client.post(PATH, body)), [401, "unauthorized"]);
    });

    it("gives concurrent proposals different versions, or tells one of them to come again", async () => {
      const all = await Promise.all(
        Array.from({ length: 4 }, () => propose(market.sellers[1].client, market.merchantIds[1])),
      );
      const versions = all.flatMap(({ status, body }) => (status === 201 ? [body.version] : []));
      assert.equal(new Set(versions).size, versions.length);
      for (const { status, body } of all)
        if (status !== 201) assert.equal((body as { code?: string }).code, "agreement_version_taken");
      assert.ok(versions.includes(1));
    });

    it("is refused with a sentence where the escrow would refuse it", async () => {
      const [first] = PARTIES;
      const refused = async (changes: Record<string, unknown>): Promise<[number, unknown, string]> => {
        const { status, body } = await propose(seller(), market.merchantIds[0], changes);
        const { code, detail } = body as unknown as { code: string; detail: string };
        return [status, code, detail];
      };
      const twice = await refused({ parties: [PARTIES[3], first, first] });
      assert.deepEqual(twice.slice(0, 2), [400, "agreement_refused"]);
      assert.match(twice[2], /Party 3 is there twice/);
      const [, , empty] = await refused({ parties: [{ ...first, least_ppm: 5, most_ppm: 4 }, PARTIES[3]] });
      assert.match(empty, /least share is above its most/);
      const [, , over] = await refused({ valid_from: "2020-01-01T00:00:00Z", valid_until: "2021-01-01T00:00:00Z" });
      assert.match(over, /over before it is signed/);
      const [, , backwards] = await refused({
        valid_from: "2090-01-01T00:00:00Z",
        valid_until: "2089-01-01T00:00:00Z",
      });
      assert.match(backwards, /end before it begins/);
      const [, , long] = await refused({ text: "é".repeat(8_000) });
      assert.match(long, /16000 bytes/);
      const [, code] = await refused({ parties: [{ ...first, account: operator() }] });
      assert.equal(code, "payee_refused");
      assert.deepEqual((await refused({ parties: [] })).slice(0, 2), [400, "validation_failed"]);
      assert.deepEqual((await refused({ token: carrier.address })).slice(0, 2), [409, "payment_method_unavailable"]);
      assert.deepEqual((await refused({ channel: "nowhere" })).slice(0, 2), [404, "channel_not_found"]);
      assert.deepEqual((await refused({ parties: [{ ...first, most_fixed: String(2n ** 88n) }] })).slice(0, 2), [
        400,
        "validation_failed",
      ]);
    });
  });

  describe("a proposal without somebody who earns here", () => {
    const without = async (kind: string, changes: Record<string, unknown> = {}) => {
      const parties = PARTIES.map((each) => (each.kind === kind ? { ...each, ...changes } : each));
      const left = Object.keys(changes).length > 0 ? parties : parties.filter((each) => each.kind !== kind);
      const { status, body } = await propose(seller(), market.merchantIds[0], { parties: left });
      return [status, (body as { code?: string }).code, (body as { kind?: string }).kind];
    };

    it("is refused: channel and platform sign away what they earn, or nobody does", async () => {
      for (const kind of ["channel", "platform"]) {
        assert.deepEqual(await without(kind), [400, "agreement_refused", kind]);
        assert.deepEqual(await without(kind, { account: wallet(13).address }), [400, "agreement_refused", kind]);
      }
      assert.equal((await without("agent"))[0], 201);
    });
  });

  describe("signatures", () => {
    it("are taken from whoever brings them, until only the operator is missing, whom they call once", async () => {
      const one = await proposed();
      const { client } = await market.server.signIn(wallet(9));
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
          await keepSignatures(ctx, one.id, [{ account, signature: `0x${"11".repeat(65)}` }], chain.nowS);
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
      await chainSays(market.house, one, { accepted: [agent.address] });
      const given = await db.database().read(TEST, (ctx) => acceptancesOf(ctx, one.id));
      assert.equal(given.hash, one.hash);
      assert.deepEqual(
        lower(given.acceptances.map(({ account }) => account)),
        lower([merchant, channel, carrier, platform].map(({ address }) => address)),
      );
      const { chain: place } = market.house.config;
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
      await chainSays(market.house, one, { accepted: [merchant.address] });
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
      await chainSays(market.house, one, { complete: true });
      assert.deepEqual(await told(sign(seller(), one)), [409, "agreement_closed"]);
      const { to_sign, state } = await done(read(one.id));
      assert.deepEqual([to_sign, state], [null, "active"]);
      const late = await proposed();
      const before = chain.nowS;
      await chain.reach((late.to_sign?.deadline ?? 0) + 1);
      try {
        assert.equal((await done(read(late.id))).state, "expired");
        assert.deepEqual(await told(sign(seller(), late)), [409, "agreement_closed"]);
      } finally {
        await chain.reach(before);
      }
    });
  });

  describe("what the chain says", () => {
    it("moves the state, and a reorganisation moves it back", async () => {
      const one = await proposed();
      await done(sign(seller(), one, [merchant]));
      const state = async () => {
        const { state: shown, confidence, activated_at } = await done(read(one.id));
        return [shown, confidence, activated_at !== null];
      };
      await chainSays(market.house, one, { accepted: [merchant.address], complete: true }, "seen");
      assert.deepEqual(await state(), ["active", "seen", true]);
      await chainSays(market.house, one, undefined, "seen");
      assert.deepEqual(await state(), ["accepting", null, false]);
      await chainSays(market.house, one, { complete: true, revokedBy: agent.address }, "final");
      assert.deepEqual(await state(), ["revoked", "final", true]);
      assert.equal((await done(read(one.id))).revoked_by, agent.address);
    });

    it("is nothing to us of an agreement that nobody proposed here", async () => {
      const one = await proposed();
      assert.equal(await chainSays(market.house, { ...one, hash: `0x${"77".repeat(32)}` }, {}), undefined);
    });
  });

  describe("a revocation", () => {
    const offer = (id: string, client = seller()) => client.get<RevocationBody>(`${PATH}/${id}/revocation`);

    it("is signed by any signatory and relayed by the operator", async () => {
      const one = await proposed();
      await chainSays(market.house, one, { complete: true });
      const { nonce, deadline, typed_data, hash } = await done(offer(one.id));
      assert.deepEqual([hash, typed_data.message.id], [one.hash, one.hash]);
      const signed = { ...(await signedBy(agent, typed_data)), nonce, deadline };
      const { client } = await market.server.signIn(wallet(9));
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
      await chainSays(market.house, one, { complete: true });
      const { nonce, deadline, typed_data } = await done(offer(one.id));
      const hand = (body: object) => told(seller().post(`${PATH}/${one.id}/revocation`, { nonce, deadline, ...body }));
      const good = await signedBy(agent, typed_data);
      assert.deepEqual(await hand(await signedBy(wallet(9), typed_data)), [400, "agreement_not_signatory"]);
      assert.deepEqual(await hand({ ...good, account: channel.address }), [400, "agreement_signature_refused"]);
      assert.deepEqual(await hand({ ...good, nonce: "1" }), [400, "agreement_signature_refused"]);
      const before = chain.nowS;
      await chain.reach(deadline + 1);
      assert.deepEqual(await hand(good), [409, "agreement_closed"]);
      await chain.reach(before);
      await chainSays(market.house, one, { complete: true, revokedBy: channel.address });
      assert.deepEqual(await hand(good), [409, "agreement_not_revocable"]);
    });
  });

  describe("who may read", () => {
    it("are staff, the merchant's owner, and whoever has the wallet of a signatory", async () => {
      const one = await proposed();
      const carries = await market.server.signIn(carrier);
      for (const client of [seller(), market.staff.client, carries.client])
        assert.equal((await done(read(one.id, client))).id, one.id);
      const { client: stranger } = await market.server.signIn(wallet(9));
      assert.deepEqual(await told(read(one.id, stranger)), [404, "agreement_not_found"]);
      assert.deepEqual(await told(stranger.get(`${PATH}/${one.id}/revocation`)), [404, "agreement_not_found"]);
      assert.deepEqual(await told(market.server.client.get(`${PATH}/${one.id}`)), [401, "unauthorized"]);
    });

    it("read lists of theirs, newest first, by merchant, channel and state", async () => {
      type List = { total: number; data: AgreementBody[]; next_cursor: string | null };
      const one = await proposed();
      const list = (client: typeof market.staff.client, query: string) => done(client.get<List>(`${PATH}${query}`));
      const own = `?merchant_id=${market.merchantIds[0]}`;
      const [newest] = (await list(seller(), own)).data;
      assert.equal(newest?.id, one.id);
      const { client: stranger } = await market.server.signIn(wallet(9));
      assert.deepEqual((await list(stranger, own)).data, []);
      assert.deepEqual((await list(stranger, "")).total, 0);
      const { client: carries } = await market.server.signIn(carrier);
      assert.ok((await list(carries, "")).data.every(({ content }) => content.parties.length > 0));

      const all = (await list(market.staff.client, "?per_page=100")).data;
      for (const state of ["draft", "accepting", "active", "revoked", "expired"]) {
        const found = (await list(market.staff.client, `?per_page=100&state=${state}`)).data;
        assert.deepEqual(
          found.map(({ id }) => id),
          all.filter((each) => each.state === state).map(({ id }) => id),
        );
      }
      const page = await list(market.staff.client, "?per_page=2&channel=web");
      const next = await list(market.staff.client, `?per_page=2&channel=web&cursor=${page.next_cursor}`);
      assert.deepEqual(
        [...page.data, ...next.data].map(({ id }) => id),
        all.slice(0, 4).map(({ id }) => id),
      );
      assert.equal(page.total, all.length);
    });
  });
});

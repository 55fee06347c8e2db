import assert from "node:assert/strict";
import { agreementFromJson, agreementHash } from "../../../server/protocol/agreement.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { wallet } from "../../support/wallets.ts";
import { done, once, told, USD } from "../flows/market.ts";
import { type AgreementBody, carrier, merchant, PARTIES, propose, SIGNERS } from "./guild.ts";
import { guildMarket, lower, PATH } from "./guildMarket.ts";

onBothDatabases((db) => {
  const { market, operator, proposed, seller } = guildMarket(db);

  describe("a proposal", () => {
    it("is the next version, with what everybody signs and who is missing", async () => {
      const [first, second] = [await proposed(), await proposed()];
      assert.equal(second.version, first.version + 1);
      assert.deepEqual([first.state, first.confidence, first.activated_at], ["draft", null, null]);
      const { chain: place } = market().house.config;
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
      const body = { merchant_id: market().merchantIds[0], channel: "web", parties: PARTIES };
      const key = once();
      const made = await done(market().staff.client.post<AgreementBody>(PATH, body, key));
      assert.equal((await done(market().staff.client.post<AgreementBody>(PATH, body, key))).id, made.id);
      const { client } = market().sellers[1];
      assert.deepEqual(await told(propose(client, market().merchantIds[0])), [404, "merchant_not_found"]);
      assert.deepEqual(await told(market().server.client.post(PATH, body)), [401, "unauthorized"]);
    });

    it("gives concurrent proposals different versions, or tells one of them to come again", async () => {
      const all = await Promise.all(
        Array.from({ length: 4 }, () => propose(market().sellers[1].client, market().merchantIds[1])),
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
        const { status, body } = await propose(seller(), market().merchantIds[0], changes);
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
      const { status, body } = await propose(seller(), market().merchantIds[0], { parties: left });
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
});

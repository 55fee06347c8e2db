import assert from "node:assert/strict";
import { zeroHash } from "viem";
import { orderRoutes } from "../../../server/api/orders/routes.ts";
import type { Breakdown } from "../../../server/modules/settlement/index.ts";
import { agreementFromJson } from "../../../server/protocol/agreement.ts";
import { type TermsJson, termsFromJson } from "../../../server/protocol/terms.ts";
import { validateTerms } from "../../../server/protocol/validateTerms.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { startTestServer, TestClient } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { FakeChain } from "../flows/fakeChain.ts";
import {
  done,
  fill,
  type Market,
  type OrderBody,
  once,
  openMarket,
  orderBody,
  type Shopper,
  told,
} from "../flows/market.ts";
import {
  type AgreementBody,
  agent,
  agreed,
  carrier,
  chainSays,
  channel,
  merchant,
  PARTIES,
  platform,
} from "./guild.ts";

type AgreedOrder = OrderBody & {
  agent_id: string | null;
  terms: TermsJson;
  breakdown: (Breakdown & { refunded: string }) | null;
};

onBothDatabases((db) => {
  let market: Market;
  let chain: FakeChain;
  let ada: Shopper;
  let mug: string;
  before(async () => {
    market = await openMarket(db);
    chain = await FakeChain.start(market.house);
    ada = await market.shopper(wallet(5));
    mug = await market.good(0, "Mug", "1000", 1_000);
  });
  after(() => market.server.stop());

  const seller = () => market.sellers[0].client;
  const agreedNow = (changes: Record<string, unknown> = {}) =>
    agreed(market.house, seller(), market.merchantIds[0], changes);
  const revoke = (one: AgreementBody) =>
    chainSays(market.house, one, { complete: true, revokedBy: agent.address }, "seen");

  /** One mug, with what the request says besides. */
  async function ordered(more: Record<string, unknown> = {}): Promise<AgreedOrder> {
    const { orders } = await done(market.order(ada, { [mug]: 1 }, more));
    const [order] = orders as unknown as AgreedOrder[];
    assert.ok(order);
    return order;
  }
  const refused = async (more: Record<string, unknown>) => told(market.order(ada, { [mug]: 1 }, more));
  const sharesOf = ({ breakdown }: AgreedOrder) =>
    breakdown?.parts.map(({ kind, account, ppm, fixed }) => [kind, account, ppm ?? fixed]);

  /** An approved agent of a code, with a commission of 1.5 %. */
  async function agentOf(code: string, payee: string): Promise<string> {
    const { client } = await market.server.signIn(wallet(9));
    const { id } = await done(
      client.post<{ id: string }>("/api/v1/partners", { kind: "agent", name: code, payee, code }),
    );
    await done(market.staff.client.post(`/api/v1/partners/${id}/approve`, { commission_ppm: 15_000 }));
    return id;
  }

  it("without an agreement shares by the house's rates, with nobody's name but the merchant's side", async () => {
    const order = await ordered();
    assert.equal(order.terms.agreement, zeroHash);
    assert.deepEqual(sharesOf(order), [
      ["merchant", merchant.address, 920_000],
      ["carrier", carrier.address, "5000000"],
      ["channel", channel.address, 50_000],
      ["platform", platform.address, 30_000],
    ]);
  });

  it("names the agreement in force, with the house's rates inside its ranges", async () => {
    const narrow = [{ ...PARTIES[0], most_ppm: 45_000 }, ...PARTIES.slice(1)];
    const one = await agreedNow({ parties: narrow });
    const order = await ordered();
    assert.equal(order.terms.agreement, one.hash);
    assert.deepEqual(sharesOf(order), [
      ["merchant", merchant.address, 925_000],
      ["carrier", carrier.address, "5000000"],
      ["channel", channel.address, 45_000],
      ["platform", platform.address, 30_000],
    ]);
    const terms = termsFromJson(order.terms);
    const { escrow } = market.house.config.chain;
    assert.equal(validateTerms(terms, terms.authorizeBy - 1, escrow, agreementFromJson(one.content)), undefined);
    await revoke(one);
  });

  it("freezes a breakdown whose parts sum to what is paid, and tells refunds beside it", async () => {
    const one = await agreedNow();
    await done(seller().patch(`/api/v1/goods/${mug}`, { cost: "400" }));
    const { order_id } = await ordered();
    const read = (client: TestClient) => done(client.get<AgreedOrder>(`/api/v1/orders/${order_id}`));
    const { breakdown } = await read(seller());
    assert.partialDeepStrictEqual(breakdown, { goods: "1000", freight: "500", paid: "1500", merchant_cost: "400" });
    assert.partialDeepStrictEqual(breakdown, { amount: "15000000", currency: "USD", subsidies: [], refunded: "0" });
    const sum = breakdown?.parts.reduce((total, { amount }) => total + BigInt(amount), 0n);
    assert.equal(sum, 15_000_000n);
    assert.equal((await read(ada.client)).breakdown?.merchant_cost, null, "the buyer sees no cost");

    await chain.tell(order_id, "authorized");
    await chain.tell(order_id, { voided: 1_000_000n });
    await done(seller().patch(`/api/v1/goods/${mug}`, { cost: "900" }));
    const later = (await read(seller())).breakdown;
    assert.deepEqual({ ...later, refunded: "0" }, breakdown);
    assert.equal(later?.refunded, "1000000");
    await revoke(one);
  });

  it("pays an agent that the agreement knows, and no other", async () => {
    const one = await agreedNow();
    const agentId = await agentOf("KNOWN1", agent.address);
    await agentOf("OTHER1", wallet(13).address);
    const known = await ordered({ agent: "known1" });
    assert.equal(known.agent_id, agentId);
    assert.deepEqual(sharesOf(known)?.[3], ["agent", agent.address, 15_000]);
    const other = await ordered({ agent: "OTHER1" });
    assert.ok(sharesOf(other)?.every(([kind]) => kind !== "agent"));
    assert.deepEqual(await refused({ agent: "NOBODY" }), [404, "partner_not_found"]);
    await revoke(one);
    assert.ok(sharesOf(await ordered({ agent: "KNOWN1" }))?.every(([kind]) => kind !== "agent"));
  });

  it("uses the highest version that is in force, and the older one again once that is revoked", async () => {
    const older = await agreedNow();
    const newer = await agreedNow();
    const future = await agreedNow({ valid_from: "2090-01-01T00:00:00Z", valid_until: "2091-01-01T00:00:00Z" });
    const unsure = await agreedNow();
    await chainSays(market.house, unsure, { complete: true }, "seen");
    assert.equal((await ordered()).terms.agreement, newer.hash);
    await revoke(newer);
    assert.equal((await ordered()).terms.agreement, older.hash);
    await chainSays(market.house, older, undefined);
    assert.equal((await ordered()).terms.agreement, zeroHash);
    await chainSays(market.house, unsure, { complete: true }, "confirmed");
    assert.equal((await ordered()).terms.agreement, unsure.hash);
    await revoke(unsure);
    await revoke(future);
  });

  it("can be paid for no longer than the agreement is valid", async () => {
    const until = Math.floor(Date.now() / 1_000) + 600;
    const one = await agreedNow({ valid_until: new Date(until * 1_000).toISOString() });
    const { body } = await market.order(ada, { [mug]: 1 });
    assert.equal(body.orders[0]?.terms.authorize_by, until);
    assert.equal(Date.parse(body.expires_at), until * 1_000);
    await revoke(one);
  });

  it("is refused where the agreement does not pay the freight", async () => {
    const low = await agreedNow({ parties: PARTIES.map((each) => ({ ...each, most_fixed: "4999999" })) });
    assert.deepEqual(await refused({}), [409, "agreement_excludes_freight"]);
    await revoke(low);
    const none = await agreedNow({ parties: PARTIES.filter(({ kind }) => kind !== "carrier") });
    assert.deepEqual(await refused({}), [409, "agreement_excludes_freight"]);
    await revoke(none);
  });

  it("is refused without an agreement where the house requires one", async () => {
    const { config } = market.house;
    const strict = { ...config, settlement: { ...config.settlement, requireAgreements: true } };
    const server = await startTestServer({ ...market.house, config: strict }, (at) => [orderRoutes(at)]);
    try {
      const client = new TestClient(server.url, ada.client.token);
      const order = () => client.post<{ orders: AgreedOrder[] }>("/api/v1/orders", orderBody(ada), once());
      await fill(ada, { [mug]: 1 });
      assert.deepEqual(await told(order()), [409, "agreement_missing"]);
      const one = await agreedNow();
      assert.equal((await done(order())).orders[0]?.terms.agreement, one.hash);
      await revoke(one);
    } finally {
      await server.stop();
    }
  });

  it("is paid by the shopper's own wallet that they name, and by no other", async () => {
    assert.equal((await ordered({ payer: ada.account.address })).terms.payer, ada.account.address);
    assert.deepEqual(await refused({ payer: wallet(6).address }), [409, "wallet_not_linked"]);
  });
});

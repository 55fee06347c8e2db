import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type Address, BaseError, ContractFunctionRevertedError, zeroHash } from "viem";
import { addressRoutes } from "../../server/api/addresses/routes.ts";
import { agreementRoutes } from "../../server/api/agreements/routes.ts";
import { cartRoutes } from "../../server/api/cart/routes.ts";
import { channelRoutes } from "../../server/api/channels/routes.ts";
import { goodsRoutes } from "../../server/api/goods/routes.ts";
import { merchantRoutes } from "../../server/api/merchants/routes.ts";
import { orderRoutes } from "../../server/api/orders/routes.ts";
import { paymentRoutes } from "../../server/api/payments/routes.ts";
import { reconcile } from "../../server/chain/reconciler/index.ts";
import { system } from "../../server/core/db/context.ts";
import { sql } from "../../server/core/db/sql.ts";
import type { Breakdown } from "../../server/modules/settlement/index.ts";
import { escrowAbi } from "../../server/protocol/abi.ts";
import { agreementFromJson } from "../../server/protocol/agreement.ts";
import {
  acceptAgreementWithSignaturesCall,
  authorizeCall,
  captureCall,
  releaseCall,
  revokeAgreementCall,
} from "../../server/protocol/calls.ts";
import { packTerms, type Terms, type TermsJson, termsFromJson } from "../../server/protocol/terms.ts";
import type { AgreementBody, RevocationBody } from "../server/agreements/guild.ts";
import { done, once, type PlacedBody } from "../server/flows/market.ts";
import { startTestChain, type TestChain } from "../support/chain.ts";
import { onBothDatabases } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { startTestServer, type TestClient, type TestServer } from "../support/http.ts";
import { wallet } from "../support/wallets.ts";
import { makeWorld, merchant, operator, type Running, shopper, type World } from "./support/world.ts";

const [channel, agent, carrier, platform] = [16, 14, 17, 19].map((at) => wallet(at)) as [
  typeof merchant,
  typeof merchant,
  typeof merchant,
  typeof merchant,
];
const SIGNERS = [merchant, channel, agent, carrier, platform];
const AGREEMENTS = "/api/v1/agreements";

onBothDatabases((db) => {
  let chain: TestChain;
  let world: World;
  let running: Running;
  let server: TestServer;
  let seller: TestClient;
  let buyer: TestClient;
  let merchantId: string;
  let mug: string;
  let addressId: string;
  before(async () => {
    chain = await startTestChain();
    world = await makeWorld(db.database(), chain);
    running = world.start();
    server = await startTestServer(world.house, (at) => [
      ...[addressRoutes(at), agreementRoutes(at), cartRoutes(at), channelRoutes(at), goodsRoutes(at)],
      ...[merchantRoutes(at), orderRoutes(at), paymentRoutes(at)],
    ]);
    seller = (await server.signIn(merchant)).client;
    buyer = (await server.signIn(shopper)).client;
    await openShop();
  });
  after(async () => {
    await server?.stop();
    await running?.stop();
    await chain?.stop();
  });

  const domain = () => ({ chainId: chain.chainId, escrow: chain.escrow });

  async function openShop(): Promise<void> {
    const staff = (await server.signIn(wallet(18))).client;
    const web = { code: "web", name: "Web", type: "web", currency: "USD", payee: channel.address };
    const { id: channelId } = await done(
      staff.post<{ id: string }>("/api/v1/channels", { ...web, commission_ppm: 80_000 }),
    );
    const own = await done(seller.get<{ data: { id: string }[] }>("/api/v1/merchants"));
    merchantId = own.data[0]?.id ?? "";
    const good = { merchant_id: merchantId, name: "Mug", description: "" };
    mug = (await done(seller.post<{ id: string }>("/api/v1/goods", good))).id;
    await done(seller.put(`/api/v1/goods/${mug}/stock`, { on_hand: 100 }));
    await done(seller.put(`/api/v1/goods/${mug}/listings/${channelId}`, { price: "1999", open: true }));
    const address = { recipient: "Ada", phone: "+44 20 7946 0000", country: "GB", region: "", city: "London" };
    const home = { ...address, street: "1 Mill Lane", postal_code: "N1" };
    addressId = (await done(buyer.post<{ id: string }>("/api/v1/addresses", home))).id;
  }

  const propose = () =>
    done(
      seller.post<AgreementBody>(AGREEMENTS, {
        ...{ merchant_id: merchantId, channel: "web", text: "Eight percent to the channel, three to the platform." },
        parties: [
          { kind: "channel", account: channel.address, least_ppm: 50_000, most_ppm: 80_000 },
          { kind: "agent", account: agent.address, most_ppm: 20_000 },
          { kind: "carrier", account: carrier.address, most_ppm: 0, most_fixed: "10000000" },
          { kind: "platform", account: platform.address, least_ppm: 30_000, most_ppm: 30_000 },
        ],
      }),
    );
  const read = (id: string) => done(seller.get<AgreementBody>(`${AGREEMENTS}/${id}`));
  const becomes = (id: string, state: string, confidence: string | null = "confirmed") =>
    eventually(async () => {
      const found = await read(id);
      return found.state === state && found.confidence === confidence && found;
    });

  const signed = ({ to_sign }: AgreementBody) =>
    Promise.all(
      SIGNERS.map(async (account) => ({
        account: account.address,
        signature: await account.signTypedData(to_sign?.typed_data as never),
      })),
    );

  /** Proposed, signed by all five, accepted by the operator's own call. */
  async function activated(): Promise<AgreementBody> {
    const proposed = await propose();
    await done(seller.post(`${AGREEMENTS}/${proposed.id}/signatures`, { signatures: await signed(proposed) }));
    return becomes(proposed.id, "active");
  }

  async function ordered(): Promise<{ id: string; terms: Terms; breakdown: Breakdown; placed: PlacedBody }> {
    await done(buyer.post("/api/v1/cart", [{ good_id: mug, count: 1 }]));
    const body = { address_id: addressId, express_type: "standard", payment_method: "escrow_erc3009", channel: "web" };
    const placed = await done(buyer.post<PlacedBody>("/api/v1/orders", body, once()));
    const [order] = placed.orders as unknown as { order_id: string; terms: TermsJson; breakdown: Breakdown }[];
    ok(order);
    return { id: order.order_id, terms: termsFromJson(order.terms), breakdown: order.breakdown, placed };
  }

  const statusOf = async (id: string) => (await done(buyer.get<{ state: string }>(`/api/v1/orders/${id}`))).state;

  /** With which error the escrow refuses the shopper's payment of these terms; undefined when it takes it. */
  async function refusal(terms: Terms): Promise<string | undefined> {
    const call = { address: chain.escrow, abi: escrowAbi, functionName: "authorize", account: shopper } as const;
    try {
      await chain.client.simulateContract({ ...call, args: [packTerms(terms)] });
      return undefined;
    } catch (error) {
      const cause = error instanceof BaseError && error.walk((each) => each instanceof ContractFunctionRevertedError);
      if (!(cause instanceof ContractFunctionRevertedError)) throw error;
      return cause.data?.errorName;
    }
  }

  it("is signed by five, accepted by the operator, named at checkout, and pays each of them its part", async () => {
    const agreement = await activated();
    deepEqual(agreement.missing, []);
    ok(agreement.signatories.every(({ on_chain }) => on_chain));
    equal(agreement.events[0]?.event, "agreement_proposed");
    deepEqual(
      agreement.events.slice(1).map(({ event }) => event),
      [...Array.from({ length: 6 }, () => "agreement_accepted"), "agreement_activated"],
    );

    const { id, terms, breakdown, placed } = await ordered();
    equal(terms.agreement, agreement.hash);
    const [authorization] = placed.authorizations;
    const signature = await shopper.signTypedData(authorization?.typed_data as never);
    await done(buyer.post(`/api/v1/payments/${placed.payment_id}/authorizations`, { signature }, once()));
    await eventually(async () => (await statusOf(id)) === "confirmed");

    await chain.send(operator, captureCall(domain(), terms, terms.amount, terms.amount));
    await chain.send(shopper, releaseCall(domain(), terms));
    for (const { account, amount } of breakdown.parts)
      equal(
        await chain.client.readContract({
          ...{ address: chain.escrow, abi: escrowAbi, functionName: "creditOf", args: [account, chain.token] },
        }),
        BigInt(amount),
      );
    await world.caughtUp();
    deepEqual((await reconcile(world.house)).differences, []);
  });

  it("lets the escrow refuse what is outside of its ranges, whoever made the terms", async () => {
    await activated();
    const { terms } = await ordered();
    equal(await refusal(terms), undefined);
    const [first, ...rest] = terms.legs;
    ok(first);
    const shifted = (by: bigint) =>
      rest.map((leg) => (leg.account === platform.address ? { ...leg, share: leg.share + by } : leg));
    for (const by of [1n, -1n])
      equal(
        await refusal({ ...terms, legs: [{ ...first, share: first.share - by }, ...shifted(by)] }),
        "LegOutsideRange",
      );
    const without = rest.filter(({ account }) => account !== platform.address);
    equal(
      await refusal({ ...terms, legs: [{ ...first, share: first.share + 30_000n }, ...without] }),
      "LeastShareMissing",
    );
  });

  it("once revoked by a signature leaves new orders to the older version, and paid ones as they are", async () => {
    const older = await activated();
    const newer = await activated();
    const paid = await ordered();
    equal(paid.terms.agreement, newer.hash);
    await chain.send(shopper, authorizeCall(domain(), paid.terms));
    await eventually(async () => (await statusOf(paid.id)) === "confirmed");
    const unpaid = await ordered();

    const offer = await done(seller.get<RevocationBody>(`${AGREEMENTS}/${newer.id}/revocation`));
    const signature = await agent.signTypedData(offer.typed_data as never);
    const { nonce, deadline } = offer;
    const given = { account: agent.address, nonce, deadline, signature };
    await done(seller.post(`${AGREEMENTS}/${newer.id}/revocation`, given));
    equal((await becomes(newer.id, "revoked")).revoked_by, agent.address);

    equal(await refusal(unpaid.terms), "AgreementNotActive");
    equal((await ordered()).terms.agreement, older.hash);
    await chain.send(operator, captureCall(domain(), paid.terms, paid.terms.amount, paid.terms.amount));
  });

  it("is no longer in force once a reorganisation took its last acceptance away", async () => {
    await revokeAll();
    const proposed = await propose();
    const signatures = await signed(proposed);
    const { nonce, deadline } = {
      nonce: BigInt(proposed.to_sign?.nonce ?? 0),
      deadline: proposed.to_sign?.deadline ?? 0,
    };
    const acceptances = signatures.map((each) => ({ ...each, nonce, deadline }));
    const accept = acceptAgreementWithSignaturesCall(domain(), agreementFromJson(proposed.content), acceptances);
    await world.caughtUp();
    const fork = await chain.mark();
    await chain.send(operator, accept);
    await becomes(proposed.id, "active");
    equal((await ordered()).terms.agreement, proposed.hash);

    await chain.revertTo(fork);
    await chain.mine(3);
    await becomes(proposed.id, "draft", null);
    equal((await ordered()).terms.agreement, zeroHash);

    await chain.send(operator, accept);
    await becomes(proposed.id, "active");
    await world.caughtUp();
    deepEqual((await reconcile(world.house)).differences, []);
    match((await read(proposed.id)).activated_at ?? "", /^\d{4}-/);
  });

  async function revokeAll(): Promise<void> {
    const active = await done(
      seller.get<{ data: AgreementBody[] }>(`${AGREEMENTS}?merchant_id=${merchantId}&state=active`),
    );
    for (const { id, hash } of active.data) {
      await chain.send(merchant, revokeAgreementCall(domain(), hash));
      await becomes(id, "revoked");
    }
  }

  it("is an alarm of the reconciliation where its row says other than the chain", async () => {
    const { id } = await propose();
    await world.caughtUp();
    const write = (state: string) =>
      db
        .database()
        .write(system("test"), (ctx) =>
          sql(ctx.db, "UPDATE agreement SET state = :state WHERE id = :id", { state, id }),
        );
    await write("active");
    const { differences } = await reconcile(world.house);
    deepEqual(differences, [
      { what: "agreements", where: `agreement ${id}`, expected: "state not active", actual: "state active" },
    ]);
    await write("draft");
    deepEqual((await reconcile(world.house)).differences, []);
  });

  it("of strangers changes nothing here", async () => {
    const { content } = await propose();
    const agreement = { ...agreementFromJson(content), text: "another one", operator: agent.address as Address };
    const { status } = await chain.send(agent, acceptAgreementWithSignaturesCall(domain(), agreement, []));
    equal(status, "success");
    await world.caughtUp();
    const rows = await world.rows<{ state: string }>(
      "SELECT state FROM chain_log WHERE event LIKE 'agreement%' AND state = 'unmatched'",
    );
    equal(rows.length, 2);
  });
});

import assert from "node:assert/strict";
import { chainRoutes } from "../../../server/api/chains/routes.ts";
import { system } from "../../../server/core/db/context.ts";
import { sql } from "../../../server/core/db/sql.ts";
import type { House } from "../../../server/core/house.ts";
import { type TermsJson, termsFromJson, termsHash } from "../../../server/protocol/terms.ts";
import { onBothDatabases } from "../../support/databases.ts";
import { loginMessage, type NonceAnswer, startTestServer } from "../../support/http.ts";
import { wallet } from "../../support/wallets.ts";
import { FakeChain } from "./fakeChain.ts";
import { done, ETHER, type Market, marketHouse, once, openMarket, type Shopper, told, USD } from "./market.ts";

const SECOND = 31_338;
type BalanceBody = { account: string; chain_id: number; token: string; credit: string; payable: string };
type WithdrawalBody = { withdrawal_id: string; chain_id: number; typed_data: { domain: { chainId: number } } };
type AgreementBody = { id: string; chain_id: number; version: number };

onBothDatabases((db) => {
  let market: Market;
  let second: House;
  let ada: Shopper;
  let mug: string;

  before(async () => {
    const usual = marketHouse(db);
    const { chain } = usual.config;
    // The escrow and ETH have the same addresses on both; TestUSD is on the second only, and its operator is another.
    const other = { ...chain, id: SECOND, operator: wallet(25).address };
    const first = { ...chain, tokens: chain.tokens.filter(({ address }) => address !== USD) };
    market = await openMarket(db, { ...usual, config: { ...usual.config, chain: first, chains: [first, other] } });
    second = { ...market.house, config: { ...market.house.config, chain: other } };
    ada = await market.shopper(wallet(5));
    mug = await market.good(0, "Mug", "1234", 1_000);
  });
  after(() => market.server.stop());

  const seller = () => market.sellers[0].client;
  const balances = async () => (await done(seller().get<{ data: BalanceBody[] }>("/api/v1/balances"))).data;

  it("is paid on where the shopper says so, under terms of that chain and its operator", async () => {
    const placed = await done(market.order(ada, { [mug]: 1 }, { chain_id: SECOND }));
    const [order] = placed.orders;
    assert.ok(order);
    const terms = termsFromJson(order.terms as unknown as TermsJson);
    const { escrow, operator } = second.config.chain;
    assert.equal(termsHash({ chainId: SECOND, escrow }, terms), order.terms_hash);
    assert.deepEqual([terms.operator, terms.token], [operator, USD]);
    const domain = placed.authorizations[0]?.typed_data?.domain;
    assert.deepEqual([domain?.chainId, (placed as { chain_id?: number }).chain_id], [SECOND, SECOND]);
    const { authorizations } = placed;
    const [first] = authorizations;
    const signature = await ada.account.signTypedData(first?.typed_data as never);
    const path = first?.submit_to ?? "";
    assert.equal((await ada.client.post(path, { signature }, once())).status, 202);
    const { rows } = await db
      .database()
      .read(system("test"), (ctx) => sql(ctx.db, "SELECT lane FROM task WHERE kind = 'operator.relay_authorization'"));
    assert.deepEqual(rows, [{ lane: `chain:${SECOND}` }]);
  });

  it("is told where it would have helped, and refused where the house is not on it", async () => {
    const { status, body } = await market.order(ada, { [mug]: 1 });
    assert.deepEqual([status, (body as { code?: string }).code], [409, "payment_method_unavailable"]);
    assert.match((body as { detail?: string }).detail ?? "", /chain 31337.*chain 31338 has one/);
    assert.deepEqual(await told(market.order(ada, { [mug]: 1 }, { chain_id: 5 })), [400, "chain_unknown"]);
    for (const chain_id of ["31338", 0, -1, 1.5, null])
      assert.deepEqual(await told(market.order(ada, { [mug]: 1 }, { chain_id })), [400, "validation_failed"]);
  });

  it("has balances of its own, which are withdrawn there and nowhere else", async () => {
    const chain = await FakeChain.start(second);
    const { orders } = await done(market.order(ada, { [mug]: 1 }, { chain_id: SECOND }));
    const id = orders[0]?.order_id ?? "";
    await chain.tell(id, "authorized");
    await chain.tell(id, { captured: 17_340_000n });
    await chain.tell(id, { released: 17_340_000n });
    const [own, ...others] = await balances();
    assert.deepEqual([own?.chain_id, own?.token, own?.payable, others], [SECOND, USD, "0", []]);
    await (await FakeChain.start(market.house)).finalize();
    assert.equal((await balances())[0]?.payable, "0");
    await chain.finalize();
    const payable = (await balances())[0]?.payable ?? "";
    assert.equal(payable, own?.credit);

    const withdraw = (body: object) => seller().post<WithdrawalBody>("/api/v1/withdrawals", body, once());
    assert.deepEqual(await told(withdraw({ token: USD, amount: payable })), [400, "token_unknown"]);
    assert.deepEqual(await told(withdraw({ token: wallet(3).address, amount: "1", chain_id: SECOND })), [
      400,
      "token_unknown",
    ]);
    assert.deepEqual(await told(withdraw({ token: USD, amount: "1", chain_id: 5 })), [400, "chain_unknown"]);
    const opened = await done(withdraw({ token: USD, amount: payable, chain_id: SECOND }));
    assert.deepEqual([opened.chain_id, opened.typed_data.domain.chainId], [SECOND, SECOND]);
    const list = await done(seller().get<{ data: WithdrawalBody[] }>("/api/v1/withdrawals"));
    assert.deepEqual(
      list.data.map(({ chain_id }) => chain_id),
      [SECOND],
    );
  });

  it("counts its versions of agreements by itself", async () => {
    const propose = (chain_id: number) =>
      seller().post<AgreementBody>("/api/v1/agreements", {
        ...{ merchant_id: market.merchantIds[0], channel: "web", chain_id },
        ...{ token: ETHER, text: "" },
        parties: [
          { kind: "channel", account: wallet(16).address, most_ppm: 100_000 },
          { kind: "platform", account: wallet(19).address, most_ppm: 100_000 },
        ],
      });
    const versions = [];
    for (const chainId of [SECOND, SECOND, 31_337]) versions.push(await done(propose(chainId)));
    assert.deepEqual(
      versions.map(({ chain_id, version }) => [chain_id, version]),
      [
        [SECOND, 1],
        [SECOND, 2],
        [31_337, 1],
      ],
    );
    const drafts = await done(
      seller().get<{ data: AgreementBody[] }>(`/api/v1/agreements?merchant_id=${market.merchantIds[0]}&state=draft`),
    );
    assert.equal(drafts.data.length, 3);
  });

  it("may be the chain a wallet signs in on, and has no payee that is its operator", async () => {
    const nonce = await done(market.server.client.post<NonceAnswer>("/api/v1/auth/nonce", {}));
    assert.deepEqual((nonce as { chain_ids?: number[] }).chain_ids, [31_337, SECOND]);
    const login = async (chain_id: number) => {
      const fresh = await done(market.server.client.post<NonceAnswer>("/api/v1/auth/nonce", {}));
      const asked = { ...fresh, message_fields: { ...fresh.message_fields, chain_id } };
      const message = loginMessage(ada.account, asked);
      const signature = await ada.account.signMessage({ message });
      return market.server.client.post("/api/v1/auth/wallet", { message, signature });
    };
    assert.equal((await login(SECOND)).status, 200);
    assert.deepEqual(await told(login(5)), [401, "login_refused"]);
    const merchant = { name: "Own key", payee: second.config.chain.operator };
    assert.deepEqual(await told(seller().post("/api/v1/merchants", merchant)), [400, "payee_refused"]);
  });

  it("is told to everybody with what can be paid in on it", async () => {
    const server = await startTestServer(market.house, (at) => [chainRoutes(at)]);
    try {
      const { data } = await done(
        server.client.get<{ data: { chain_id: number; usual: boolean; escrow: string; tokens: object[] }[] }>(
          "/api/v1/chains",
        ),
      );
      const { escrow } = second.config.chain;
      const eth = { address: ETHER, symbol: "ETH", decimals: 18, currency: "USD", payment_methods: ["escrow_eth"] };
      assert.deepEqual(data, [
        {
          ...{ chain_id: 31_337, usual: true, escrow },
          tokens: [eth],
        },
        {
          ...{ chain_id: SECOND, usual: false, escrow },
          tokens: [
            {
              ...{ address: USD, symbol: "TUSD", decimals: 6, currency: "USD" },
              payment_methods: ["escrow_erc3009", "escrow_allowance"],
            },
            eth,
          ],
        },
      ]);
    } finally {
      await server.stop();
    }
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Address, type Hex, toHex, zeroAddress, zeroHash } from "viem";
import { type HDAccount, mnemonicToAccount, privateKeyToAccount } from "viem/accounts";
import { readConfig } from "../../../server/config.ts";
import { systemClock } from "../../../server/core/clock.ts";
import { type Context, system } from "../../../server/core/db/context.ts";
import { openDatabase } from "../../../server/core/db/database.ts";
import type { House } from "../../../server/core/house.ts";
import { type Id, newId } from "../../../server/core/ids.ts";
import { createLog } from "../../../server/core/log.ts";
import { userOfWallet } from "../../../server/modules/accounts/index.ts";
import { createMerchant } from "../../../server/modules/merchants/index.ts";
import * as orderBook from "../../../server/modules/orders/index.ts";
import * as payments from "../../../server/modules/payments/index.ts";
import { LEG_KIND, type Terms } from "../../../server/protocol/terms.ts";
import { receiveAuthorizationTypedData } from "../../../server/protocol/typedData.ts";
import { entities, migrations } from "../../../server/schema.ts";
import { deployContracts } from "../../deploy/index.ts";
import { LOCAL_CHAIN_ID } from "../../localChain/chainId.ts";
import { type SpawnedChain, spawnLocalChain } from "../../localChain/spawn.ts";
import { serverEnvironment } from "../../start/environment.ts";

const WORDS = "test test test test test test test test test test test junk";
const ACCOUNTS = Array.from({ length: 9 }, (_, addressIndex) => mnemonicToAccount(WORDS, { addressIndex }));

/** One of the first nine of the local chain's rich accounts. */
export function account(index: number): HDAccount {
  const found = ACCOUNTS[index];
  if (!found) throw new Error(`there is no account ${index}`);
  return found;
}

/** The payer of every order; the chain gives it TestUSD. */
export const payer = account(1);

/** The private key of one of them. */
export const keyOf = (of: HDAccount): Hex => toHex(of.getHdKey().privateKey ?? new Uint8Array());
/** A private key signs ten times faster than a wallet that derives it anew. */
const payerKey = privateKeyToAccount(keyOf(payer));
const ACTOR = system("bench");
/** What each order costs, in base units. */
export const AMOUNT = 1_000_000n;
const RELEASE_DELAY_S = 3_600;

/** An order that is placed, and what its payer consents to. */
export interface Issued {
  readonly orderId: Id;
  readonly terms: Terms;
  readonly signature: Hex;
}

/** A house on SQLite beside a chain in a process of its own. */
export interface BenchHouse {
  readonly house: House;
  readonly chain: SpawnedChain;
  readonly token: Address;
  readonly buyerId: Id;
  readonly merchantId: Id;
  close(): Promise<void>;
}

/** Starts the chain, puts the contracts on it, and opens a house as `npm run serve` would. */
export async function openBenchHouse(operator: HDAccount): Promise<BenchHouse> {
  const folder = mkdtempSync(join(tmpdir(), "tributary-bench-"));
  const chain = await spawnLocalChain(["--port", "0"]);
  const book = await deployContracts({ rpcUrl: chain.url, privateKey: keyOf(account(0)) });
  const addressBook = join(folder, "addresses.json");
  writeFileSync(addressBook, JSON.stringify(book));
  const databaseUrl = `sqlite:${join(folder, "house.sqlite")}`;
  const config = readConfig({
    ...serverEnvironment({
      ...{ chainUrl: chain.url, addressBook, databaseUrl, port: 0, jwtSecret: "x".repeat(32) },
      ...{ operatorKey: keyOf(operator), staff: account(3).address },
      ...{ platformPayee: account(3).address, carrierPayee: account(4).address },
    }),
    RELEASE_DELAY_S: String(RELEASE_DELAY_S),
  });
  const db = await openDatabase({ url: databaseUrl, entities, migrations });
  const token = book.tokens.find(({ symbol }) => symbol === "TUSD")?.address as Address;
  const people = await db.write(ACTOR, async (ctx) => {
    const owner = await userOfWallet(ctx, account(2).address, []);
    const merchant = { ownerId: owner.id, name: "Mugs", payee: account(2).address };
    const { id: merchantId } = await createMerchant(ctx, [config.chain], merchant);
    return { merchantId, buyerId: (await userOfWallet(ctx, payer.address, [])).id };
  });
  return {
    house: { db, config, clock: systemClock, log: createLog("warn", process.stderr) },
    ...{ chain, token, ...people },
    close: async () => {
      await db.close();
      await chain.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Terms of an order with five legs, as a checkout makes them, and the payer's signature. */
export async function issue(
  { house, token }: BenchHouse,
  operator: Address,
  salt: number,
  nowS: number,
): Promise<Issued> {
  const leg = (index: number, share: bigint, kind: number) => ({ account: account(index).address, share, kind });
  const terms: Terms = {
    ...{ payer: payer.address, operator, token, amount: AMOUNT, salt: BigInt(salt) },
    ...{ authorizeBy: nowS + 7_200, captureBy: nowS + 14 * 86_400, releaseDelay: RELEASE_DELAY_S },
    ...{ arbiter: zeroAddress, rulingTime: 0, defaultToPayerPpm: 0, flags: 0, agreement: zeroHash },
    legs: [
      leg(2, 870_000n, LEG_KIND.merchant),
      ...[leg(5, 80_000n, LEG_KIND.channel), leg(6, 20_000n, LEG_KIND.agent), leg(3, 30_000n, LEG_KIND.platform)],
    ],
  };
  const domain = { chainId: LOCAL_CHAIN_ID, escrow: house.config.chain.escrow };
  const typed = receiveAuthorizationTypedData(
    { name: "Test USD", version: "1", chainId: LOCAL_CHAIN_ID, address: token },
    domain,
    terms,
  );
  const signature = await payerKey.signTypedData(typed as never);
  return { orderId: newId(), terms, signature };
}

/** Places orders and opens their payments, as checkout does. */
export async function place(ctx: Context, bench: BenchHouse, orders: readonly Issued[]): Promise<void> {
  const { merchantId, buyerId: userId } = bench;
  const { config } = bench.house;
  const channelId = newId();
  const domain = { chainId: config.chain.id, escrow: config.chain.escrow };
  const price = 100;
  for (const { orderId, terms } of orders) {
    const paymentId = newId();
    await orderBook.place(ctx, [
      {
        ...{ id: orderId, userId, merchantId, channelId, paymentId, currency: "USD" },
        ...{ goodsTotal: price, freight: 0, total: price, expressType: "standard", agentId: null, breakdown: null },
        address: {
          ...{ recipient: "A", phone: "1", country: "DE", region: "B", city: "Berlin", street: "1", postal_code: "1" },
        },
        lines: [{ goodId: newId(), name: "Mug", count: 1, price, freight: 0, total: price }],
      },
    ]);
    const payment = {
      ...{ id: paymentId, userId, payer: terms.payer, method: "escrow_erc3009" as const, currency: "USD" },
      ...{ total: price, token: terms.token, rateNum: 10_000n, rateDen: 1n, rateSource: "bench" },
      ...{ rateValidUntil: terms.authorizeBy * 1_000, authorizeByS: terms.authorizeBy },
    };
    await payments.open(ctx, domain, payment, [{ orderId, terms }]);
  }
}

/** Runs `work` for orders in transactions of a hundred. */
export async function inHundreds(
  { db }: House,
  orders: readonly Issued[],
  work: (ctx: Context, part: readonly Issued[]) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < orders.length; at += 100) await db.write(ACTOR, (ctx) => work(ctx, orders.slice(at, at + 100)));
}

/**
 * What each operation of the escrow costs, from transaction receipts, calldata included: five legs (four in ppm and the
 * merchant), TestUSD, the compiler settings of deployment. Fails when a row is above its bar.
 *
 * `--json` prints `[{key, gas, cold_gas, bar}]` in place of the table.
 *
 * The table also tells what the operation costs, warm, for an order in ETH. Warm: every slot touched was non-zero before and after, but for what must be new (the order, the token's nonce).
 * Cold: the first such operation of a fresh escrow, with credits and balances that begin or end at zero.
 */
import { fileURLToPath } from "node:url";
import { packTerms, type Terms } from "../../server/protocol/terms.ts";
import { ROWS, type Row } from "./gasBars.ts";
import { DAY, ethers, sent, World, ZERO } from "./gasWorld.ts";

type Measured = Row & { gas: number; cold_gas: number; eth_gas: number | null };

/** Rows that are about one of the two kinds of money already. */
const TOKEN_ONLY = /erc3009|erc20|allowance|_eth/;

/** Orders of a batch. */
const MANY = 10;

/** Each measures one transaction in a world made for it; what comes before is set-up. */
const OPERATIONS: Record<string, (world: World) => Promise<number>> = {
  async authorize_erc3009(world) {
    const terms = await world.terms();
    await world.fund(terms);
    return sent(world.withAuthorization(terms));
  },
  async authorize_allowance(world) {
    const terms = await world.terms();
    await world.fund(terms);
    return sent(world.authorize(terms));
  },
  async authorize_eth(world) {
    return sent(world.authorize(await world.terms({ token: ZERO })));
  },
  async basket3_erc3009_per_order(world) {
    const orders = await several(world, 3, (terms, i) => ({ ...terms, legs: otherMerchant(world, terms, i) }));
    const sum = orders.reduce((total, { amount }) => total + amount, 0n);
    await world.fund({ ...(await world.terms()), amount: sum });
    return (await sent(world.basketWithAuthorization(orders))) / orders.length;
  },
  async authorize_agreement_extra(world) {
    const terms = await world.authorized();
    await world.fund({ ...terms, amount: 2n * terms.amount });
    const agreement = await world.agreed(terms);
    const plain = await sent(world.authorize(await world.terms()));
    return (await sent(world.authorize({ ...(await world.terms()), agreement }))) - plain;
  },
  async capture_release_5(world) {
    return world.capture(await world.authorized({ releaseDelay: 0 }));
  },
  async capture_only(world) {
    return world.capture(await world.authorized());
  },
  async batch10_capture_release_5_per_order(world) {
    const orders = await several(world, MANY, (terms) => world.authorized({ ...terms, releaseDelay: 0 }));
    const requests = orders.map((terms) => ({
      terms: packTerms(terms),
      amount: terms.amount,
      heldBefore: terms.amount,
    }));
    return (await sent(world.asOperator.captureMany?.(requests))) / MANY;
  },
  async batch10_release_5_per_order(world) {
    const orders = await several(world, MANY, (terms) => world.authorized(terms));
    for (const terms of orders) await world.capture(terms);
    await ethers.provider.send("evm_increaseTime", [8 * DAY]);
    return (await sent(world.by(world.escrow, world.relayer).releaseMany?.(orders.map(packTerms)))) / MANY;
  },
  async charge_erc3009_5(world) {
    const terms = await world.terms({ releaseDelay: 0 });
    await world.fund(terms);
    return sent(world.chargeWithAuthorization(terms));
  },
  async void(world) {
    const terms = await world.authorized();
    return sent(world.asOperator.void?.(packTerms(terms), terms.amount, terms.amount));
  },
  async reclaim(world) {
    const terms = await world.authorized();
    await ethers.provider.send("evm_setNextBlockTimestamp", [terms.captureBy]);
    return sent(world.asPayer.reclaim?.(packTerms(terms)));
  },
  async refund_full(world) {
    const terms = await world.authorized();
    await world.capture(terms);
    const [merchant] = world.payees;
    if (!merchant) throw new Error("no merchant");
    return sent(world.by(world.escrow, merchant).refund?.(packTerms(terms), terms.amount, terms.amount));
  },
  withdraw_erc20: (world) => withdraw(world, world.usdAddress),
  withdraw_eth: (world) => withdraw(world, ZERO),
};

async function several(
  world: World,
  count: number,
  make: (terms: Terms, index: number) => Terms | Promise<Terms>,
): Promise<Terms[]> {
  const orders: Terms[] = [];
  for (let i = 0; i < count; i++) orders.push(await make(await world.terms(), i));
  return orders;
}

/** The order's legs with another of the payees as the merchant. */
function otherMerchant(world: World, { legs }: Terms, index: number): Terms["legs"] {
  const account = world.payees[index]?.address as `0x${string}`;
  return legs.map((leg, i) => (i === 0 ? { ...leg, account } : leg));
}

async function withdraw(world: World, token: `0x${string}`): Promise<number> {
  await world.capture(await world.authorized({ token, releaseDelay: 0 }));
  const [, channel] = world.payees;
  if (!channel) throw new Error("no channel");
  const credit = await world.escrow.creditOf?.(channel.address, token);
  return sent(world.by(world.escrow, channel).withdraw?.(token, credit));
}

/** Every row measured, in the order of the bars. */
export async function measure(): Promise<Measured[]> {
  const rows: Measured[] = [];
  for (const row of ROWS) {
    const run = OPERATIONS[row.key];
    if (!run) throw new Error(`no operation measures ${row.key}`);
    const cold_gas = await run(await World.make(false));
    const eth_gas = TOKEN_ONLY.test(row.key) ? null : await run(await World.make(true, true));
    rows.push({ ...row, gas: await run(await World.make(true)), cold_gas, eth_gas });
  }
  return rows;
}

function table(rows: Measured[]): string {
  const cells = rows.map(({ key, gas, bar, peer, cold_gas, eth_gas }) =>
    [key, gas, bar, peer ?? "none", cold_gas, eth_gas ?? ""].map(format),
  );
  const all = [["operation", "ours", "bar", "best peer", "cold", "in ETH"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) => row.map((cell, i) => (i ? cell.padStart : cell.padEnd).call(cell, widths[i] ?? 0)).join("  "))
    .join("\n");
}

const format = (value: string | number) => (typeof value === "number" ? value.toLocaleString("en-US") : value);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = await measure();
  const plain = rows.map(({ key, gas, cold_gas, bar }) => ({ key, gas, cold_gas, bar }));
  console.log(process.argv.includes("--json") ? JSON.stringify(plain, null, 2) : table(rows));
  const above = rows.filter(({ gas, bar }) => gas > bar);
  for (const { key, gas, bar } of above) console.error(`${key} costs ${gas}, above its bar of ${bar}`);
  process.exitCode = above.length ? 1 : 0;
}

/**
 * What each operation of the escrow costs, from transaction receipts, calldata included: five legs (four in ppm and the
 * merchant), TestUSD, the compiler settings of deployment. Fails when a row is above its bar.
 *
 * `--json` prints `[{key, gas, cold_gas, bar}]` in place of the table.
 *
 * Warm: every slot touched was non-zero before and after, but for what must be new (the order, the token's nonce).
 * Cold: the first such operation of a fresh escrow, with credits and balances that begin or end at zero.
 */
import { fileURLToPath } from "node:url";
import type { BaseContract, ContractTransactionResponse, TransactionRequest } from "ethers";
import hre from "hardhat";
import { LEG_KIND, packTerms, type Terms } from "../../server/protocol/terms.ts";
import { receiveAuthorizationTypedData } from "../../server/protocol/typedData.ts";
import { ROWS, type Row } from "./gasBars.ts";

type Measured = Row & { gas: number; cold_gas: number };

const DAY = 86_400;
const ZERO = "0x0000000000000000000000000000000000000000";
const NOTHING = `0x${"0".repeat(64)}` as const;

const { ethers } = await hre.network.create();
const signers = await ethers.getSigners();
type Signer = (typeof signers)[number];

/** A contract whose functions are called by name; the ABI is only known at run time. */
type Deployed = BaseContract & Record<string, (...args: unknown[]) => Promise<ContractTransactionResponse>>;

/** A fresh escrow with its people. `primed`: one order of each token has run through all of it. */
class World {
  private constructor(
    readonly escrow: Deployed,
    readonly usd: Deployed,
    readonly escrowAddress: `0x${string}`,
    readonly usdAddress: `0x${string}`,
    readonly payer: Signer,
    readonly operator: Signer,
    readonly relayer: Signer,
    readonly payees: Signer[],
    private salt = 0n,
  ) {}

  static async make(primed: boolean): Promise<World> {
    const escrow = (await ethers.deployContract("SettlementEscrow")) as unknown as Deployed;
    const usd = (await ethers.deployContract("TestUSD")) as unknown as Deployed;
    const [payer, operator, relayer, ...payees] = signers.slice(1, 9);
    if (!payer || !operator || !relayer) throw new Error("the local chain has too few accounts");
    const at = async (contract: Deployed) => (await contract.getAddress()) as `0x${string}`;
    const world = new World(escrow, usd, await at(escrow), await at(usd), payer, operator, relayer, payees);
    await sent(world.by(usd, payer).approve?.(world.escrowAddress, ethers.MaxUint256));
    if (primed) await world.prime();
    return world;
  }

  /** Leaves every balance and credit above zero, after one full run of each token. */
  private async prime(): Promise<void> {
    for (const { address } of [this.payer, ...this.payees]) await sent(this.usd.mint?.(address, 10n ** 12n));
    for (const token of [this.usdAddress, ZERO] as const) {
      const kept = await this.authorized({ token, releaseDelay: 0 });
      await this.capture(kept);
      await this.authorized({ token });
    }
  }

  by(contract: Deployed, signer: Signer): Deployed {
    return contract.connect(signer) as Deployed;
  }

  get asPayer() {
    return this.by(this.escrow, this.payer);
  }
  get asOperator() {
    return this.by(this.escrow, this.operator);
  }

  async terms(some: Partial<Terms> = {}): Promise<Terms> {
    const now = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
    const kinds = [LEG_KIND.merchant, LEG_KIND.channel, LEG_KIND.agent, LEG_KIND.carrier, LEG_KIND.platform];
    const shares = [820_000n, 80_000n, 50_000n, 30_000n, 20_000n];
    this.salt += 1n;
    return {
      payer: this.payer.address as `0x${string}`,
      operator: this.operator.address as `0x${string}`,
      token: this.usdAddress,
      amount: some.token === ZERO ? 43_400_000_000_000_017n : 125_400_000n,
      authorizeBy: now + DAY,
      captureBy: now + 14 * DAY,
      releaseDelay: 7 * DAY,
      arbiter: ZERO,
      rulingTime: 0,
      defaultToPayerPpm: 0,
      flags: 1,
      agreement: NOTHING,
      legs: this.payees.map(({ address }, i) => ({
        account: address as `0x${string}`,
        share: shares[i] ?? 0n,
        kind: kinds[i] ?? 0,
      })),
      salt: BigInt(ethers.id(`salt ${this.salt}`).slice(0, 18)),
      ...some,
    };
  }

  authorize(terms: Terms, overrides: TransactionRequest = {}) {
    const value = terms.token === ZERO ? terms.amount : 0n;
    return this.asPayer.authorize?.(packTerms(terms), { ...overrides, value });
  }

  /** Terms that have authorized; a payer without tokens is given exactly what they ask for. */
  async authorized(some: Partial<Terms> = {}): Promise<Terms> {
    const terms = await this.terms(some);
    await this.fund(terms);
    await sent(this.authorize(terms));
    return terms;
  }

  async fund(terms: Terms): Promise<void> {
    const balance = (await this.usd.balanceOf?.(this.payer.address)) as unknown as bigint;
    if (terms.token !== ZERO && balance < terms.amount) await sent(this.usd.mint?.(this.payer.address, terms.amount));
  }

  capture(terms: Terms) {
    return sent(this.asOperator.capture?.(packTerms(terms), terms.amount, terms.amount));
  }

  async withAuthorization(terms: Terms) {
    const { chainId } = await ethers.provider.getNetwork();
    const token = { name: "Test USD", version: "1", chainId: Number(chainId), address: this.usdAddress };
    const escrow = { chainId: Number(chainId), escrow: this.escrowAddress };
    const { domain, types, primaryType, message } = receiveAuthorizationTypedData(token, escrow, terms);
    const { [primaryType]: fields = [] } = types;
    const signature = await this.payer.signTypedData(domain, { [primaryType]: fields }, message);
    return this.by(this.escrow, this.relayer).authorizeWithAuthorization?.(packTerms(terms), signature);
  }
}

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
  async capture_release_5(world) {
    return world.capture(await world.authorized({ releaseDelay: 0 }));
  },
  async capture_only(world) {
    return world.capture(await world.authorized());
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

async function withdraw(world: World, token: `0x${string}`): Promise<number> {
  await world.capture(await world.authorized({ token, releaseDelay: 0 }));
  const [, channel] = world.payees;
  if (!channel) throw new Error("no channel");
  const credit = await world.escrow.creditOf?.(channel.address, token);
  return sent(world.by(world.escrow, channel).withdraw?.(token, credit));
}

/** Gas of a transaction once mined. */
async function sent(sending: Promise<ContractTransactionResponse | undefined> | undefined): Promise<number> {
  const receipt = await (await sending)?.wait();
  if (!receipt) throw new Error("the transaction was not mined");
  return Number(receipt.gasUsed);
}

/** Every row measured, in the order of the bars. */
export async function measure(): Promise<Measured[]> {
  const rows: Measured[] = [];
  for (const row of ROWS) {
    const run = OPERATIONS[row.key];
    if (!run) throw new Error(`no operation measures ${row.key}`);
    const cold_gas = await run(await World.make(false));
    rows.push({ ...row, gas: await run(await World.make(true)), cold_gas });
  }
  return rows;
}

function table(rows: Measured[]): string {
  const cells = rows.map(({ key, gas, bar, peer, cold_gas }) => [key, gas, bar, peer ?? "none", cold_gas].map(format));
  const all = [["operation", "ours", "bar", "best peer", "cold"], ...cells];
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

import type { BaseContract, ContractTransactionResponse, TransactionRequest } from "ethers";
import hre from "hardhat";
import type { Agreement } from "../../server/protocol/agreement.ts";
import { LEG_KIND, packTerms, type Terms } from "../../server/protocol/terms.ts";
import {
  receiveAuthorizationTypedData,
  receiveBasketTypedData,
  type TypedDataJson,
} from "../../server/protocol/typedData.ts";
import { deployEscrow } from "../support/deployEscrow.ts";

export const DAY = 86_400;
export const ZERO = "0x0000000000000000000000000000000000000000";
const NOTHING = `0x${"0".repeat(64)}` as const;

export const { ethers } = await hre.network.create();
const signers = await ethers.getSigners();
type Signer = (typeof signers)[number];

/** Without a delay there is nothing to dispute, so the terms may name nobody. */
const NO_ARBITER = { arbiter: ZERO, rulingTime: 0, defaultToPayerPpm: 0 } as const;

const signerAt = (index: number): `0x${string}` => {
  const signer = signers[index];
  if (!signer) throw new Error("the local chain has too few accounts");
  return signer.address as `0x${string}`;
};

/** A contract whose functions are called by name; the ABI is only known at run time. */
type Deployed = BaseContract & Record<string, (...args: unknown[]) => Promise<ContractTransactionResponse>>;

/** A fresh escrow with its people. `primed`: one order of each token has run through all of it. */
export class World {
  /** With an arbiter, as every order is that has a delay. */
  private readonly ruled = { arbiter: signerAt(11), rulingTime: 3 * DAY, defaultToPayerPpm: 500_000 };

  private constructor(
    readonly escrow: Deployed,
    readonly usd: Deployed,
    readonly escrowAddress: `0x${string}`,
    readonly usdAddress: `0x${string}`,
    readonly payer: Signer,
    readonly operator: Signer,
    readonly relayer: Signer,
    readonly payees: Signer[],
    /** What orders are paid in unless said. */
    readonly token: `0x${string}`,
    private salt = 0n,
  ) {}

  static async make(primed: boolean, inEther = false): Promise<World> {
    const escrow = (await deployEscrow(ethers)) as unknown as Deployed;
    const usd = (await ethers.deployContract("TestUSD")) as unknown as Deployed;
    const [payer, operator, relayer, ...payees] = signers.slice(1, 9);
    if (!payer || !operator || !relayer) throw new Error("the local chain has too few accounts");
    const at = async (contract: Deployed) => (await contract.getAddress()) as `0x${string}`;
    const usdAt = await at(usd);
    const token = inEther ? ZERO : usdAt;
    const world = new World(escrow, usd, await at(escrow), usdAt, payer, operator, relayer, payees, token);
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
    const token = some.token ?? this.token;
    return {
      payer: this.payer.address as `0x${string}`,
      operator: this.operator.address as `0x${string}`,
      token,
      amount: token === ZERO ? 43_400_000_000_000_017n : 125_400_000n,
      authorizeBy: now + DAY,
      captureBy: now + 14 * DAY,
      releaseDelay: 7 * DAY,
      ...this.ruled,
      flags: 1,
      agreement: NOTHING,
      legs: this.payees.map(({ address }, i) => ({
        account: address as `0x${string}`,
        share: shares[i] ?? 0n,
        kind: kinds[i] ?? 0,
      })),
      salt: BigInt(ethers.id(`salt ${this.salt}`).slice(0, 18)),
      ...some,
      ...(some.releaseDelay === 0 ? NO_ARBITER : {}),
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
    const signature = await this.signature(receiveAuthorizationTypedData(...(await this.domains()), terms));
    return this.by(this.escrow, this.relayer).authorizeWithAuthorization?.(packTerms(terms), signature);
  }

  async chargeWithAuthorization(terms: Terms) {
    const signature = await this.signature(receiveAuthorizationTypedData(...(await this.domains()), terms));
    return this.asOperator.chargeWithAuthorization?.(packTerms(terms), signature);
  }

  async basketWithAuthorization(orders: readonly Terms[]) {
    const signature = await this.signature(receiveBasketTypedData(...(await this.domains()), orders));
    return this.by(this.escrow, this.relayer).authorizeBasketWithAuthorization?.(orders.map(packTerms), signature);
  }

  /** An agreement that all who earn in `terms` accepted, and a courier who may earn a fixed amount. */
  async agreed(terms: Terms): Promise<`0x${string}`> {
    const [merchant, ...earning] = this.payees;
    const courier = signers[10];
    if (!merchant || !courier) throw new Error("the local chain has too few accounts");
    const [, ...legs] = terms.legs;
    const agreement: Agreement = {
      channel: NOTHING,
      version: 1,
      token: terms.token,
      operator: terms.operator,
      arbiter: terms.arbiter,
      validFrom: terms.authorizeBy - DAY,
      validUntil: terms.authorizeBy + 365 * DAY,
      merchant: merchant.address as `0x${string}`,
      parties: [
        ...legs.map(({ account, kind }) => ({ account, kind, leastPpm: 1, mostPpm: 100_000, mostFixed: 0n })),
        {
          account: courier.address as `0x${string}`,
          kind: LEG_KIND.carrier,
          leastPpm: 0,
          mostPpm: 0,
          mostFixed: 10n ** 9n,
        },
      ],
      text: "Each party earns its share of every order.",
    };
    for (const signatory of [this.operator, merchant, ...earning, courier]) {
      await sent(this.by(this.escrow, signatory).acceptAgreement?.(agreement));
    }
    return (await this.escrow.agreementIdOf?.(agreement)) as unknown as `0x${string}`;
  }

  private async domains() {
    const chainId = Number((await ethers.provider.getNetwork()).chainId);
    const token = { name: "Test USD", version: "1", chainId, address: this.usdAddress };
    return [token, { chainId, escrow: this.escrowAddress }] as const;
  }

  private signature({ domain, types, primaryType, message }: TypedDataJson): Promise<string> {
    const { [primaryType]: fields = [] } = types;
    return this.payer.signTypedData(domain, { [primaryType]: fields }, message);
  }
}

/** Gas of a transaction once mined. */
export async function sent(sending: Promise<ContractTransactionResponse | undefined> | undefined): Promise<number> {
  const receipt = await (await sending)?.wait();
  if (!receipt) throw new Error("the transaction was not mined");
  return Number(receipt.gasUsed);
}

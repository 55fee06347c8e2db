import { LOCAL_CHAIN_ID } from "../localChain/chainId.ts";
import { type AddressBook, conflictOf } from "./book.ts";
import type { Costs } from "./costs.ts";
import { KEY_NAME } from "./key.ts";
import type { Planned } from "./plan.ts";
import { ether, tooLarge } from "./report.ts";
import { placesOf, type Survey } from "./survey.ts";

/** What a deployment must not go on with. Each throws a sentence that says what to do; nothing was sent by then. */

/** Nobody deploys to a chain that they did not mean. */
export function refuseOtherChain(chainId: number, meant: number | undefined, dryRun: boolean): void {
  if (meant !== undefined && meant !== chainId)
    throw new Error(`The node is on chain ${chainId}, but --chain-id says ${meant}. Nothing was sent.`);
  if (meant === undefined && chainId !== LOCAL_CHAIN_ID && !dryRun)
    throw new Error(`The node is on chain ${chainId}. If you mean it, say --chain-id ${chainId}. Nothing was sent.`);
}

export function refuseNoKey(): never {
  throw new Error(
    `There is no key to pay with. Put one into Hardhat's keystore (npx hardhat keystore set ${KEY_NAME}), which is not ` +
      `read where CI is set, or into ${KEY_NAME} of the environment.`,
  );
}

export function refuseTooLarge(plan: readonly Planned[]): void {
  const large = plan.filter(tooLarge).map(({ name }) => name);
  if (large.length > 0) throw new Error(`Larger than a chain allows: ${large.join(", ")}. Nothing was sent.`);
}

export function refuseForeignBook(file: string, old: AddressBook | undefined, found: Survey): void {
  const conflict = old && conflictOf(old, placesOf(found));
  if (conflict)
    throw new Error(
      `${file} ${conflict}. A server that follows it would lose sight of its orders: name another file by --out, or ` +
        "--force to write over it. Nothing was sent.",
    );
}

/** A tenth more than the price of now, for the price moves. */
export function refusePoverty(payer: string, balance: bigint, { total }: Costs): void {
  const needed = total + total / 10n;
  if (balance < needed)
    throw new Error(
      `${payer} has ${ether(balance)}, but about ${ether(needed)} are needed. Send it ${ether(needed - balance)} or more, ` +
        "then run this again. Nothing was sent.",
    );
}

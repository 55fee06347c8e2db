import { formatEther } from "ethers";
import { table } from "../support/narrator.ts";
import { MOST_CODE, MOST_INIT_CODE, sizeOf } from "./artifacts.ts";
import type { Costs } from "./costs.ts";
import type { Planned } from "./plan.ts";

export const digits = (value: number | bigint): string => value.toLocaleString("en");

/** Wei as ETH, to six digits that matter. */
export const ether = (wei: bigint): string =>
  `${Number(formatEther(wei)).toLocaleString("en", { maximumSignificantDigits: 6 })} ETH`;

const codeOf = ({ artifact }: Planned) => sizeOf(artifact.deployedBytecode);
const initCodeOf = ({ initCode }: Planned) => sizeOf(initCode);

/** Whether no chain would take it. */
export const tooLarge = (planned: Planned): boolean =>
  codeOf(planned) > MOST_CODE || initCodeOf(planned) > MOST_INIT_CODE;

/** Bytes of every contract beside what a chain allows. */
export function sizesTable(plan: readonly Planned[]): string {
  const header = ["Contract", "code", `of ${digits(MOST_CODE)}`, "init code", `of ${digits(MOST_INIT_CODE)}`];
  const share = (part: number, most: number) => `${((100 * part) / most).toFixed(1)} %`;
  const rows = plan.map((planned) => {
    const [code, initCode] = [codeOf(planned), initCodeOf(planned)];
    return [planned.name, digits(code), share(code, MOST_CODE), digits(initCode), share(initCode, MOST_INIT_CODE)];
  });
  return table(header, rows, [1, 2, 3, 4]);
}

/** Where every contract is or will be, and what the missing ones cost. */
export function costsTable(plan: readonly Planned[], { steps, price, proxyFee, total }: Costs): string {
  const rows = plan.map(({ name, address, there }) => {
    const step = steps.find((cost) => cost.name === name);
    const gas = step ? `${step.counted ? "~" : ""}${digits(step.gas)}` : "";
    return [name, address, there ? "there" : "missing", gas, step ? ether(step.gas * price) : ""];
  });
  if (proxyFee > 0n) rows.push(["deployment proxy", "", "missing", "", ether(proxyFee)]);
  const gas = steps.reduce((sum, step) => sum + step.gas, 0n);
  const sum = ["in all", "", "", digits(gas), ether(total)];
  return table(["Contract", "address", "chain", "gas", "now"], [...rows, sum], [3, 4]);
}

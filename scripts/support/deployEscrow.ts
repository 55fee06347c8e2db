import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";

/** The escrow's desks, the last one first: each is told the one before it, and the escrow the last of this list. */
export const DESKS = ["AgreementDesk", "RevenueDesk", "OrderDesk"] as const;

/** The escrow with its desks on an in-process network of Hardhat's, with the face of all that it answers. */
export async function deployEscrow(ethers: HardhatEthers) {
  let next: string[] = [];
  for (const desk of DESKS) next = [await (await ethers.deployContract(desk, next)).getAddress()];
  const escrow = await ethers.deployContract("SettlementEscrow", next);
  return ethers.getContractAt("ITributary", await escrow.getAddress());
}

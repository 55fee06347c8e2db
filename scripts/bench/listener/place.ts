import { type Address, getAddress } from "viem";
import type { EscrowDomain } from "../../../server/protocol/terms.ts";
import { LOCAL_CHAIN_ID } from "../../localChain/chainId.ts";

/** Where the prepared chain's escrow and token are. Nothing stands behind them but prepared answers. */
export const ESCROW: Address = getAddress("0x5fbdb2315678afecb367f032d93f642f64180aa3");
export const TOKEN: Address = getAddress("0xe7f1725e7734ce288f8367e1bb143e90bb3f0512");
export const LOCAL_DOMAIN: EscrowDomain = { chainId: LOCAL_CHAIN_ID, escrow: ESCROW };

import { createConfig } from "ponder";
// Written beside this file from server/protocol/abi.ts.
import { escrowAbi } from "./abi.ts";

const { NODE_URL = "", ESCROW = "0x", LOGS_RANGE = "2000", DATABASE_URL = "" } = process.env;

export default createConfig({
  database: { kind: "postgres", connectionString: DATABASE_URL },
  chains: { bench: { id: 31_337, rpc: NODE_URL, ethGetLogsBlockRange: Number(LOGS_RANGE) } },
  contracts: { Escrow: { chain: "bench", abi: escrowAbi, address: ESCROW as `0x${string}`, startBlock: 1 } },
});

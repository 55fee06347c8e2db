import { parseArgs } from "node:util";
import { start } from "./start/start.ts";

const HELP = `Starts everything on this machine: chain, contracts, database, a small seed, server. Ctrl-C stops all of it.

  npm start                  goes on where the last one stopped
  npm start -- --fresh       throws chain and database away first

  --data DIR     where chain, database and log are kept (default data)
  PORT           of the server (default 3000)
  CHAIN_PORT     of the chain (default 8545)
`;

const { values } = parseArgs({
  options: {
    fresh: { type: "boolean", default: false },
    data: { type: "string", default: "data" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) process.stdout.write(HELP);
else {
  const { PORT = "3000", CHAIN_PORT = "8545" } = process.env;
  await start({ ...values, port: Number(PORT), chainPort: Number(CHAIN_PORT) }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}

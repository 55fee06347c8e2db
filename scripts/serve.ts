import { parseArgs } from "node:util";

const HELP = `Starts the server alone, as the environment says: for a chain and a database that run already.

  ADDRESS_BOOK=… RPC_URLS=… DATABASE_URL=postgres://… JWT_SECRET=… … npm run serve

docs/configuration.md lists every variable; one that is missing or wrong stops the start with its name.
npm start brings a chain, a database and a seed along.
`;

const { values } = parseArgs({ options: { help: { type: "boolean", short: "h", default: false } } });
if (values.help) process.stdout.write(HELP);
else await import("../server/main.ts");

import { command } from "./deploy/command.ts";
import { hardhatKeystore } from "./deploy/key.ts";

// nothing has to be put in order: what was sent is on the chain, or will be
const stopped = () => {
  process.stderr.write("\nStopped. Run the same command again: it goes on from there.\n");
  process.exit(130);
};
process.once("SIGINT", stopped).once("SIGTERM", stopped);

process.exitCode = await command(process.argv.slice(2), {
  tell: (line) => process.stderr.write(`${line}\n`),
  print: (text) => process.stdout.write(text),
  env: process.env,
  keystore: hardhatKeystore,
});
process.off("SIGINT", stopped).off("SIGTERM", stopped);

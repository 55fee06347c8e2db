/** The floor: logs and blocks as the node gives them. */
import { plainLoop } from "../plainLoop.ts";
import { runCase } from "../task.ts";

await runCase((task) => plainLoop(task, false));

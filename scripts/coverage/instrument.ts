import { getCoverageLibrary } from "@nomicfoundation/edr/coverage";
import { child, type Node, span, statementSpan, walk } from "../solidity/ast.ts";
import type { Sources } from "../solidity/project.ts";
import { type Site, weave } from "../solidity/weave.ts";

/** A statement, or one way out of a condition. `line` is where it begins. */
export type Point = { id: number; file: string; line: number; kind: "statement" | "branch"; what: string };

const HIT = "__NomicFoundationCoverage.sendHit";
/** Tells which way a condition went, and what it was. */
const WENT = `
library CoverageBranch {
  function went(bool condition, uint256 yes, uint256 no) internal pure returns (bool) {
    __NomicFoundationCoverage.sendHit(condition ? yes : no);
    return condition;
  }
}`;

/**
 * The sources with a call before every statement and around every condition that tells the engine it was reached. An
 * assembly block is one statement: what happens inside of it could not be told without disturbing it.
 */
export function instrument(sources: Sources, trees: ReadonlyMap<string, Node>): { sources: Sources; points: Point[] } {
  const library = getCoverageLibrary();
  const points: Point[] = [];
  const woven = new Map(sources);
  for (const [file, tree] of trees) {
    const source = sources.get(file) ?? "";
    const bytes = Buffer.from(source);
    const add = (node: Node, kind: Point["kind"], what: string): number => {
      const { start } = span(node);
      points.push({
        id: points.length + 1,
        file,
        line: bytes.toString("utf8", 0, start).split("\n").length,
        kind,
        what,
      });
      return points.length;
    };
    const sites = [...walk(tree)].flatMap(({ node, above }) => sitesOf(node, above[0], bytes, add));
    woven.set(
      file,
      `${weave(source, sites)}\nimport {__NomicFoundationCoverage, CoverageBranch} from "coverage.sol";\n`,
    );
  }
  woven.set("coverage.sol", library.content + WENT);
  return { sources: woven, points };
}

type Add = (node: Node, kind: Point["kind"], what: string) => number;

function sitesOf(node: Node, parent: Node | undefined, bytes: Buffer, add: Add): Site[] {
  const sites: Site[] = [];
  if (node.nodeType.startsWith("Yul")) return sites;
  if (parent && isStatement(node, parent)) {
    const id = add(node, "statement", node.nodeType);
    const isBare = parent.nodeType !== "Block" && parent.nodeType !== "UncheckedBlock";
    sites.push({
      ...statementSpan(node, bytes),
      wrap: (inner) => (isBare ? `{ ${HIT}(${id}); ${inner} }` : `${HIT}(${id}); ${inner}`),
    });
  }
  const condition = child(node, "condition");
  if (condition) {
    const [yes, no] = [add(condition, "branch", "true"), add(condition, "branch", "false")];
    sites.push({ ...span(condition), wrap: (inner) => `CoverageBranch.went(${inner}, ${yes}, ${no})` });
  }
  return sites;
}

/** What is executed on its own: in a block, or as all that an `if` or a loop does. */
function isStatement(node: Node, parent: Node): boolean {
  if (["Block", "UncheckedBlock", "PlaceholderStatement"].includes(node.nodeType)) return false;
  if (parent.nodeType === "Block" || parent.nodeType === "UncheckedBlock") return true;
  return [parent.trueBody, parent.falseBody, parent.body].includes(node) && parent.nodeType !== "FunctionDefinition";
}

// The floors of the house: imports go down only. main -> api | chain | jobs -> flows -> modules -> protocol -> core,
// and protocol, which the web shares, stands on viem alone. Types count as imports, or they would pass unseen.

const above = (...floors) => `^server/(${floors.join("|")})(/|\\.ts$)`;

const forbidden = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

export default {
  forbidden: [
    forbidden(
      "protocol-stands-alone",
      "protocol is shared with the web: viem and itself, no Node API, nothing of the server",
      { path: "^server/protocol/" },
      { pathNot: "^server/protocol/|^node_modules/viem/" },
    ),
    forbidden(
      "core-knows-no-business",
      "core imports no floor above it",
      { path: "^server/core/" },
      {
        path: above("protocol", "modules", "flows", "api", "chain", "jobs", "main", "schema"),
      },
    ),
    forbidden(
      "modules-import-down",
      "modules import protocol and core only",
      { path: "^server/modules/" },
      {
        path: above("flows", "api", "chain", "jobs", "main", "schema"),
      },
    ),
    forbidden(
      "flows-import-down",
      "flows import modules, protocol and core only",
      { path: "^server/flows/" },
      {
        path: above("api", "chain", "jobs", "main", "schema"),
      },
    ),
    forbidden(
      "doors-stay-apart-api",
      "api, chain and jobs never import each other; main joins them",
      { path: "^server/api/" },
      {
        path: above("chain", "jobs", "main", "schema"),
      },
    ),
    forbidden(
      "doors-stay-apart-chain",
      "api, chain and jobs never import each other; main joins them",
      { path: "^server/chain/" },
      {
        path: above("api", "jobs", "main", "schema"),
      },
    ),
    forbidden(
      "doors-stay-apart-jobs",
      "api, chain and jobs never import each other; main joins them",
      { path: "^server/jobs/" },
      {
        path: above("api", "chain", "main", "schema"),
      },
    ),
    forbidden(
      "modules-have-one-face",
      "a module is imported through its index.ts",
      { path: "^server/modules/([^/]+)/" },
      { path: "^server/modules/[^/]+/(?!index\\.ts$)", pathNot: "^server/modules/$1/" },
    ),
    forbidden(
      "modules-have-one-face-to-others",
      "a module is imported through its index.ts",
      { path: "^server/", pathNot: "^server/modules/" },
      { path: "^server/modules/[^/]+/(?!index\\.ts$)" },
    ),
    forbidden(
      "rules-are-pure",
      "rules.ts is pure: types, core/money, core/stateMachine, protocol and viem only",
      { path: "^server/modules/[^/]+/rules\\.ts$" },
      {
        pathNot: "^server/core/(money|stateMachine)\\.ts$|^server/protocol/|^node_modules/viem/",
        dependencyTypesNot: ["type-only"],
      },
    ),
    forbidden(
      "no-circles",
      "files form no circle, not even of types",
      { path: "^(server|scripts|test|web)/" },
      { circular: true },
    ),
    {
      ...forbidden(
        "modules-form-no-circle",
        "modules form no circle",
        { path: "^server/modules/" },
        { circular: true },
      ),
      scope: "folder",
    },
    forbidden(
      "server-stands-alone",
      "the server imports neither scripts nor tests",
      { path: "^server/" },
      { path: "^(scripts|test|web)/" },
    ),
    forbidden(
      "server-runs-on-dependencies",
      "what the server imports is a dependency, not a devDependency",
      { path: "^server/" },
      { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
    ),
    forbidden("scripts-import-no-tests", "scripts import no tests", { path: "^scripts/" }, { path: "^test/" }),
    forbidden(
      "web-sees-protocol-only",
      "of the server the web imports protocol only",
      { path: "^web/" },
      { path: "^server/(?!protocol/)" },
    ),
    forbidden("everything-resolves", "no import leads nowhere", {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // A package of its own, which is installed elsewhere.
    exclude: { path: "^scripts/bench/listener/ponder/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      extensions: [".ts", ".mjs", ".cjs", ".js", ".json", ".d.ts"],
    },
  },
};

/**
 * The rules of the house. Imports run downwards only; each floor may see the ones below it and nothing else.
 * The two worlds never meet, aws-cdk-lib and @aws-sdk stay in their places, and the rules are pure.
 */
const floors = {
  bin: '^bin/',
  cli: '^cli/',
  local: '^local/',
  lambdas: '^lambdas/',
  wiring: '^lib/wiring/',
  rules: '^lib/rules/',
}
const constructs = '^lib/(?:constructs/|platform-|index\\.ts)'
const cdkFiles =
  '^(?:lib/(?:constructs/|platform-|index\\.ts)|bin/app\\.ts|local/synthesis\\.ts|scripts/(?:findings|parameter-assets|template)\\.ts|test/(?:constructs/|iam/|account/app\\.ts|emulator/platforms-app\\.ts))'

const order = Object.entries(floors)
const upward = order.flatMap(([lower, from], i) => {
  const above = order.slice(0, i).map(([, pattern]) => pattern)
  if (above.length === 0) return []
  return [
    {
      name: `${lower}-does-not-look-up`,
      comment: `${lower} may import what lies below it: bin > cli > local > lambdas > lib/wiring > lib/rules.`,
      severity: 'error',
      from: { path: from },
      to: { path: above.join('|') },
    },
  ]
})

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      severity: 'error',
      from: {
        orphan: true,
        pathNot:
          '^(?:lambdas/aws/|model-templates/|test/|bench/|scripts/|local/synthesis\\.ts|\\.|[^/]+\\.(?:c?js|json)$)',
      },
      to: {},
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'What is imported stands in package.json.',
      severity: 'error',
      from: { pathNot: '^model-templates/' },
      to: { dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'production-code-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^(?:bin|cli|lib|lambdas|local)/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['npm-peer', 'npm', 'type-only'],
        pathNot: 'aws-cdk-lib|constructs',
      },
    },
    {
      name: 'rules-are-pure',
      comment: 'Rules decide: no file, no clock, no process. Randomness and time are handed in.',
      severity: 'error',
      from: { path: floors.rules },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'constructs-see-wiring-and-rules-only',
      comment: 'Constructs name the files of handlers; they never import them.',
      severity: 'error',
      from: { path: constructs },
      to: { path: '^(?:bin|cli|local|lambdas)/' },
    },
    {
      name: 'handlers-do-not-know-constructs',
      severity: 'error',
      from: { path: '^(?:cli|lambdas|lib/rules|lib/wiring|local/(?!synthesis\\.ts))' },
      to: { path: constructs },
    },
    {
      name: 'cdk-in-its-place',
      comment:
        'The laptop synthesizes in a process of its own, so that neither the types nor the memory get in.',
      severity: 'error',
      from: { pathNot: cdkFiles },
      to: { path: '^node_modules/(?:aws-cdk-lib|constructs)/' },
    },
    {
      name: 'synthesis-is-a-process',
      severity: 'error',
      from: { pathNot: '^test/constructs/' },
      to: { path: '^local/synthesis\\.ts$' },
    },
    {
      name: 'aws-sdk-in-its-place',
      severity: 'error',
      from: { pathNot: '^(?:lambdas/aws/|cli/aws|test/)' },
      to: { path: '^node_modules/@aws-sdk/' },
    },
    {
      name: 'policy-simulator-in-its-place',
      comment: 'It is under the AGPL: a tool of one suite, and in nothing that runs or is shipped.',
      severity: 'error',
      from: { pathNot: '^test/iam/' },
      to: { path: 'node_modules/@cloud-copilot/' },
    },
    {
      name: 'worlds-apart',
      comment: 'When two worlds need the same thing, it is a rule.',
      severity: 'error',
      from: { path: '^local/' },
      to: { path: '^lambdas/aws/' },
    },
    {
      name: 'steps-do-not-know-a-world',
      severity: 'error',
      from: { path: '^lambdas/(?!aws/)' },
      to: { path: '^lambdas/aws/' },
    },
    {
      name: 'templates-stand-alone',
      comment: 'A template is what goes into an image: it may not lean on the house.',
      severity: 'error',
      from: { path: '^model-templates/' },
      to: { path: '^(?:bin|cli|lib|lambdas|local)/' },
    },
    {
      name: 'console-sees-rules-only',
      comment: 'What the console shows, it asks of the API; of the house it knows the pure rules.',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^(?:bin|cli|lambdas|local|lib/(?!rules/))' },
    },
    {
      name: 'console-in-its-place',
      comment: 'It runs in a browser: the platform builds it and serves it, and imports nothing of it.',
      severity: 'error',
      from: { pathNot: '^(?:console|test/console)/' },
      to: { path: '^console/|^node_modules/(?:preact|uplot)/' },
    },
    {
      name: 'views-are-pure',
      comment: 'What is shown is decided without a browser, and tested so.',
      severity: 'error',
      from: { path: '^console/view/' },
      to: { path: '^console/(?!view/)|^node_modules/' },
    },
    {
      name: 'tests-are-not-imported',
      severity: 'error',
      from: { path: '^(?:bin|cli|lib|lambdas|local)/' },
      to: { path: '^(?:test|bench|scripts)/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json', '.node'],
    },
  },
}

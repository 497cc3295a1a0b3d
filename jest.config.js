export default {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testEnvironment: './test/harness/environment.js',
  transform: { '\\.ts$': './test/harness/strip-types.js' },
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json', 'node'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.sluice', '<rootDir>/.cache'],
  coverageProvider: 'v8',
}

import { TestEnvironment } from 'jest-environment-node'

/** onnxruntime-node checks `instanceof` against the outer realm's typed arrays: lend them to each test file's realm. */
const shared = {
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Uint16Array,
  Uint32Array,
}

export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context)
    Object.assign(this.global, shared)
  }
}

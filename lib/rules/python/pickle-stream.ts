import { arrayOf, numberOf, numpyTypeOf, shapeOf } from './numpy-value.ts'
import { brokenStream, PickleCursor } from './pickle-cursor.ts'
import { buildCode, opcodeOf, stopCode } from './pickle-opcodes.ts'
import { PickleBudget, PickleStack } from './pickle-stack.ts'
import {
  attributeOf,
  classOf,
  type PythonArray,
  type PythonGlobal,
  type PythonValue,
} from './python-value.ts'

/** What a pickle says, with every class and function that it names. */
export interface PickledValue {
  readonly value: PythonValue
  readonly globals: readonly PythonGlobal[]
}

/**
 * Read a pickle of any protocol from 0 to 5 without calling anything: calls are kept as values. joblib's files are
 * pickles too, in which the bytes of an array stand behind the object that describes it.
 * @throws Problem `artifact-corrupt` where the stream is broken
 * @throws TooMuchToRead where it would make more than 256 MiB of values
 */
export function readPickle(bytes: Uint8Array): PickledValue {
  const budget = new PickleBudget()
  const value = run(new PickleCursor(bytes), budget, true)
  return { value, globals: [...budget.globals.values()] }
}

function run(cursor: PickleCursor, budget: PickleBudget, withArrays: boolean): PythonValue {
  const stack = new PickleStack(budget)
  for (let code = cursor.byte(); code !== stopCode; code = cursor.byte()) {
    const opcode = opcodeOf[code]
    if (opcode === undefined) throw brokenStream(`it has an opcode that there is not, 0x${code.toString(16)}`)
    opcode(stack, cursor)
    if (code === buildCode && withArrays && isArrayWrapper(stack.top()))
      stack.push(arrayBehind(stack.pop(), cursor, budget))
  }
  return stack.pop()
}

function isArrayWrapper(value: PythonValue): boolean {
  const made = classOf(value)
  return made?.module === 'joblib.numpy_pickle' && made.name === 'NumpyArrayWrapper'
}

/**
 * The array whose bytes follow (joblib/numpy_pickle.py, NumpyArrayWrapper.read_array): one of objects as a pickle of
 * its own; any other raw, since joblib 1.2 behind a byte that tells the length of a padding.
 */
function arrayBehind(wrapper: PythonValue, cursor: PickleCursor, budget: PickleBudget): PythonArray {
  const type = numpyTypeOf(attributeOf(wrapper, 'dtype'))
  const shape = shapeOf(attributeOf(wrapper, 'shape'))
  if (type === undefined || shape === undefined) throw brokenStream('an array has no type or no shape')
  if (type.hasObjects) {
    const inner = arrayOf(run(cursor, budget, false))
    return inner ?? { kind: 'array', dtype: type.code, shape }
  }
  if (numberOf(attributeOf(wrapper, 'numpy_array_alignment_bytes')) !== undefined) cursor.take(cursor.byte())
  cursor.take(shape.reduce((product, size) => product * size, type.itemBytes))
  return { kind: 'array', dtype: type.code, shape }
}
